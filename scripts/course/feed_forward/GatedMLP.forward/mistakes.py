"""What people write for feed_forward.GatedMLP.forward, and why it matters."""

from scripts.course.feed_forward.explanations import (
    ACTIVATION_FIXED,
    BIAS_FORGOTTEN,
    DROPOUT_ALWAYS,
    DROPOUT_BEFORE_DOWN,
    DROPOUT_FORGOTTEN,
    RESIDUAL_HERE,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, NOTHING_RETURNED

MISTAKES = {
    "activation on the wrong branch": Kind(
        "You apply the activation to up_proj's numbers and leave the gate's as they are. The two have changed "
        "roles then: a model that you train yourself gets by, but the weights of a public one give nonsense.",
        {
            "activation on the wrong branch": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.gate_proj(x) * self.activation(self.up_proj(x))",
            )
        },
    ),
    "activation on both": Kind(
        "You apply the activation to both branches. Only the gate needs it: what the gate lets through should "
        "keep its sign, or the hidden numbers can hardly become negative.",
        {"activation on both": ("* self.up_proj(x)", "* self.activation(self.up_proj(x))")},
    ),
    "activation on the product": Kind(
        "You multiply first and apply the activation to the product. The gate then no longer opens and closes "
        "by itself: two negative numbers make a positive one, which gets through.",
        {
            "activation on the product": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.activation(self.gate_proj(x) * self.up_proj(x))",
            )
        },
    ),
    "no activation": Kind(
        "You leave the gate's numbers as they are, without the activation. Then there is no gate that closes: "
        "its negative numbers turn the sign of what they should silence.",
        {"no activation": ("self.activation(self.gate_proj(x))", "self.gate_proj(x)")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always SiLU": ("self.activation(self.gate_proj(x))", "F.silu(self.gate_proj(x))"),
            "a sigmoid gate": ("self.activation(self.gate_proj(x))", "self.gate_proj(x).sigmoid()"),
        },
    ),
    "added, not multiplied": Kind(
        "You add the gate's numbers instead of multiplying by them. A gate of zero should silence a hidden "
        "number; added, it leaves that number as it is.",
        {"added, not multiplied": (") * self.up_proj(x)", ") + self.up_proj(x)")},
    ),
    "gate forgotten": Kind(
        "Your gate plays no part in the result, which is that of an ordinary MLP. A third of the layer's "
        "weights gets no gradient, and the rest has less width than an ordinary MLP would have.",
        {
            "gate forgotten": (
                "self.activation(self.gate_proj(x)) * self.up_proj(x)",
                "self.activation(self.up_proj(x))",
            )
        },
    ),
    "up_proj unused": Kind(
        "up_proj plays no part in your result: the gate is left alone, or multiplied by its own input. There "
        "is nothing separate for it to let through or hold back, and a third of the weights never learns.",
        {
            "up_proj forgotten": (" * self.up_proj(x)", ""),
            "the gate twice": ("* self.up_proj(x)", "* self.gate_proj(x)"),
        },
    ),
    "gate on the result": Kind(
        "You bring both branches back through down_proj and multiply only then. The gate should act on each "
        "hidden number: behind down_proj they are mixed already, and it can no longer choose between them.",
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
                ("F.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)), self.dropout.p)"),
            )
        },
    ),
    "three axes taken for granted": Kind(
        "You split the shape into exactly three axes. A mixture of experts hands its experts a plain list of "
        "tokens, with two axes, and your code stops with an error there.",
        {"three axes taken for granted": ("return self.dropout", "B, T, C = x.shape\n        return self.dropout")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT, {"gradient of the gate cut": ("self.gate_proj(x)", "self.gate_proj(x).detach()")}
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"result missing": ("return self", "self")}),
}
