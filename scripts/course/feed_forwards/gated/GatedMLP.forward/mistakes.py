"""What people write for feed_forwards.gated.GatedMLP.forward, and why it matters."""

from scripts.course.feed_forwards.explanations import (
    ACTIVATION_FIXED,
    BIAS_FORGOTTEN,
    DROPOUT_ALWAYS,
    DROPOUT_BEFORE_DOWN,
    DROPOUT_FORGOTTEN,
    DROPOUT_SOMETIMES,
    RESIDUAL_HERE,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "activation on the wrong branch": Kind(
        "You apply the activation to up_proj(x) and not to gate_proj(x), so the two have exchanged roles. A model that "
        "you train yourself still learns, but the weights of a public one give nonsense.",
        {
            "activation on the wrong branch": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.gate_proj(x) * self.activation(self.up_proj(x))",
            )
        },
    ),
    "activation on both": Kind(
        "You apply the activation to both branches. Only the gate has one: up_proj(x) must keep its sign, or hidden "
        "activations can hardly be negative.",
        {"activation on both": ("* self.up_proj(x)", "* self.activation(self.up_proj(x))")},
    ),
    "activation on the product": Kind(
        "You multiply first and apply the activation to the product. The gate then no longer decides by itself: where "
        "both branches are negative, their product is positive and passes.",
        {
            "activation on the product": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.activation(self.gate_proj(x) * self.up_proj(x))",
            )
        },
    ),
    "no activation": Kind(
        "You leave out the activation of the gate. A linear gate never closes: where it is negative it flips the sign "
        "of what it should suppress.",
        {"no activation": ("self.activation(self.gate_proj(x))", "self.gate_proj(x)")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always SiLU": ("self.activation(self.gate_proj(x))", "nn.functional.silu(self.gate_proj(x))"),
            "a sigmoid gate": ("self.activation(self.gate_proj(x))", "self.gate_proj(x).sigmoid()"),
        },
    ),
    "added, not multiplied": Kind(
        "You add the gate instead of multiplying by it. A gate of zero should make the hidden unit zero; added, it "
        "leaves it as it is.",
        {"added, not multiplied": (") * self.up_proj(x)", ") + self.up_proj(x)")},
    ),
    "gate forgotten": Kind(
        "gate_proj plays no part in your result, which is that of an ungated MLP. A third of the parameters gets no "
        "gradient, and the rest is narrower than an ungated MLP would be.",
        {
            "gate forgotten": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.activation(self.up_proj(x))",
            )
        },
    ),
    "up_proj unused": Kind(
        "up_proj plays no part in your result: the gate stands alone, or is multiplied by its own input. There is "
        "nothing for it to gate, and a third of the parameters gets no gradient.",
        {
            "up_proj forgotten": (" * self.up_proj(x)", ""),
            "the gate twice": ("* self.up_proj(x)", "* self.gate_proj(x)"),
        },
    ),
    "gate on the result": Kind(
        "You send both branches through down_proj and multiply afterwards. The gate should act on each of the F hidden "
        "units: after down_proj they are mixed, and it can no longer choose between them.",
        {
            "the gate on the result": (
                "self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))",
                "self.down_proj(self.activation(self.gate_proj(x))) * self.down_proj(self.up_proj(x))",
            )
        },
    ),
    "bias forgotten": Kind(
        BIAS_FORGOTTEN,
        {
            "bias of the gate forgotten": ("self.gate_proj(x)", "x @ self.gate_proj.weight.T"),
            "bias of down forgotten": (
                "self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))",
                "(self.activation(self.gate_proj(x)) * self.up_proj(x)) @ self.down_proj.weight.T",
            ),
        },
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE, {"residual added here too": ("return self.dropout", "return x + self.dropout")}
    ),
    "dropout forgotten": Kind(
        DROPOUT_FORGOTTEN, {"dropout forgotten": ("self.dropout(self.down_proj(", "(self.down_proj(")}
    ),
    "dropout before down_proj": Kind(
        DROPOUT_BEFORE_DOWN,
        {"dropout before down_proj": ("self.dropout(self.down_proj(", "self.down_proj(self.dropout(")},
    ),
    "dropout in evaluation too": Kind(
        DROPOUT_ALWAYS,
        {
            "dropout in evaluation too": (
                "self.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)))",
                (
                    "nn.functional.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)), self.dropout.p)"
                ),
            )
        },
    ),
    "three axes taken for granted": Kind(
        "You unpack the shape into exactly three axes, (B, T, C). A mixture of experts calls its experts with (N, C), "
        "and your code stops with an error there.",
        {"three axes taken for granted": ("return self.dropout", "B, T, C = x.shape\n        return self.dropout")},
    ),
    "dropout not beside biases": Kind(
        DROPOUT_SOMETIMES,
        {
            "no dropout where there are biases": (
                "return self.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)))",
                (
                    "out = self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x))\n"
                    "        return self.dropout(out) if self.down_proj.bias is None else out"
                ),
            )
        },
    ),
}
