"""What people write for feed_forwards.dense.DenseMLP.forward, and why it matters."""

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
from scripts.workshop.diagnose.common import IN_PLACE

MISTAKES = {
    "no activation": Kind(
        "You leave out the activation between the two layers. Two linear layers in a row are one linear map, however "
        "wide they are, so that most of the parameters are wasted.",
        {"nothing between": ("self.activation(self.up_proj(x))", "self.up_proj(x)")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always the squared ReLU": ("self.activation(self.up_proj(x))", "self.up_proj(x).relu().square()"),
            "always GELU": ("self.activation(self.up_proj(x))", "nn.functional.gelu(self.up_proj(x))"),
        },
    ),
    "activation and more": Kind(
        "You apply a second activation, or a square, to the output of the activation. The nonlinearity is another one "
        "then, and trained weights give other results.",
        {
            "activation twice": (
                "self.activation(self.up_proj(x))",
                "self.activation(self.activation(self.up_proj(x)))",
            ),
            "activation squared": ("self.activation(self.up_proj(x))", "self.activation(self.up_proj(x)).square()"),
        },
    ),
    "activation in another place": Kind(
        "Your activation does not stand between the two layers. With nothing between them they are one linear map, and "
        "the hidden width is wasted.",
        {
            "activation on the input": ("self.activation(self.up_proj(x))", "self.up_proj(self.activation(x))"),
            "activation at the end": (
                "self.down_proj(self.activation(self.up_proj(x)))",
                "self.activation(self.down_proj(self.up_proj(x)))",
            ),
        },
    ),
    "activation at the end too": Kind(
        "You apply the activation to the output of down_proj as well. Negative outputs are then cut off or nearly so, "
        "and the MLP can hardly ever subtract from the residual stream.",
        {
            "activation at the end too": (
                "self.down_proj(self.activation(self.up_proj(x)))",
                "self.activation(self.down_proj(self.activation(self.up_proj(x))))",
            )
        },
    ),
    "down_proj forgotten": Kind(
        "You return the hidden activations without down_proj. Their last axis is F, and the residual stream needs C.",
        {"down forgotten": ("self.down_proj(self.activation(self.up_proj(x)))", "self.activation(self.up_proj(x))")},
    ),
    "bias forgotten": Kind(
        BIAS_FORGOTTEN,
        {
            "bias of up forgotten": ("self.up_proj(x)", "(x @ self.up_proj.weight.T)"),
            "bias of down forgotten": (
                "self.down_proj(self.activation(self.up_proj(x)))",
                "self.activation(self.up_proj(x)) @ self.down_proj.weight.T",
            ),
        },
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE, {"residual added here too": ("return self.dropout", "return x + self.dropout")}
    ),
    "norm added here too": Kind(
        "You normalise the input here. Where norms stand is up to the block: most have one before the MLP already, and "
        "those that have none leave it out on purpose.",
        {"norm added here too": ("self.up_proj(x)", "self.up_proj(nn.functional.rms_norm(x, x.shape[-1:]))")},
    ),
    "dropout forgotten": Kind(
        DROPOUT_FORGOTTEN,
        {
            "dropout forgotten": (
                "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                "self.down_proj(self.activation(self.up_proj(x)))",
            )
        },
    ),
    "dropout before down_proj": Kind(
        DROPOUT_BEFORE_DOWN,
        {
            "dropout before down_proj": (
                "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                "self.down_proj(self.dropout(self.activation(self.up_proj(x))))",
            )
        },
    ),
    "dropout twice": Kind(
        "You apply dropout twice. More is dropped in training than config.dropout says, and the setting no longer "
        "means the same as in other models.",
        {
            "dropout before down_proj too": (
                "self.activation(self.up_proj(x))",
                "self.dropout(self.activation(self.up_proj(x)))",
            ),
            "dropout twice": (
                "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                "self.dropout(self.dropout(self.down_proj(self.activation(self.up_proj(x)))))",
            ),
        },
    ),
    "dropout in evaluation too": Kind(
        DROPOUT_ALWAYS,
        {
            "dropout in evaluation too": (
                "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                "nn.functional.dropout(self.down_proj(self.activation(self.up_proj(x))), self.dropout.p)",
            )
        },
    ),
    "rest not scaled up": Kind(
        "You undo dropout's scaling by 1 / (1 - p) in training. The mean output is then smaller in training than in "
        "evaluation, and later layers meet another scale than they were trained on.",
        {
            "dropout that does not enlarge the rest": (
                "self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                (
                    "self.dropout(self.down_proj(self.activation(self.up_proj(x)))) * (1 - self.dropout.p * "
                    "self.training)"
                ),
            )
        },
    ),
    "changed in place": Kind(IN_PLACE, {"input changed in place": ("self.up_proj(x)", "self.up_proj(x.mul_(0.5))")}),
    "dropout not beside biases": Kind(
        DROPOUT_SOMETIMES,
        {
            "no dropout where there are biases": (
                "return self.dropout(self.down_proj(self.activation(self.up_proj(x))))",
                (
                    "out = self.down_proj(self.activation(self.up_proj(x)))\n"
                    "        return self.dropout(out) if self.down_proj.bias is None else out"
                ),
            )
        },
    ),
}
