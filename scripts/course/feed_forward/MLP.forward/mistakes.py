"""What people write for feed_forward.MLP.forward, and why it matters."""

from scripts.course.feed_forward.explanations import (
    ACTIVATION_FIXED,
    BIAS_FORGOTTEN,
    DROPOUT_ALWAYS,
    DROPOUT_BEFORE_DOWN,
    DROPOUT_FORGOTTEN,
    RESIDUAL_HERE,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE, NOTHING_RETURNED

MISTAKES = {
    "no activation": Kind(
        "You leave out the activation between the two layers. Two linear layers in a row can do no more than a "
        "single one, however wide they are, so that most of the weights are wasted.",
        {"nothing between": ("self.activation(self.up_proj(x))", "self.up_proj(x)")},
    ),
    "activation fixed": Kind(
        ACTIVATION_FIXED,
        {
            "always the squared ReLU": ("self.activation(self.up_proj(x))", "F.relu(self.up_proj(x)).square()"),
            "always GELU": ("self.activation(self.up_proj(x))", "F.gelu(self.up_proj(x))"),
        },
    ),
    "activation and more": Kind(
        "You change what the activation gives once more, by a second activation or by a square. Large numbers "
        "grow out of proportion or small ones vanish, and trained weights give other results.",
        {
            "activation twice": (
                "self.activation(self.up_proj(x))",
                "self.activation(self.activation(self.up_proj(x)))",
            ),
            "activation squared": ("self.activation(self.up_proj(x))", "self.activation(self.up_proj(x)).square()"),
        },
    ),
    "activation in another place": Kind(
        "Your activation does not stand between the two layers. With nothing between them they do no more than "
        "a single one, and the wide room for hidden numbers is wasted.",
        {
            "activation on the input": ("self.activation(self.up_proj(x))", "self.up_proj(self.activation(x))"),
            "activation at the end": (
                "self.down_proj(self.activation(self.up_proj(x)))",
                "self.activation(self.down_proj(self.up_proj(x)))",
            ),
        },
    ),
    "activation at the end too": Kind(
        "You apply the activation a second time, to the result. What is negative there is cut off or nearly "
        "so, and the MLP can then only add to the stream and hardly ever subtract from it.",
        {
            "activation at the end too": (
                "self.down_proj(self.activation(self.up_proj(x)))",
                "self.activation(self.down_proj(self.activation(self.up_proj(x))))",
            )
        },
    ),
    "down_proj forgotten": Kind(
        "You return the hidden numbers without bringing them back through down_proj. They are too many for the "
        "residual stream, and what the single detectors found is never put together.",
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
        "You norm the input here. Where norms stand is for the block to say: most blocks have one in front of "
        "the MLP already, and those that leave it out do so on purpose.",
        {"norm added here too": ("self.up_proj(x)", "self.up_proj(F.rms_norm(x, x.shape[-1:]))")},
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
        "You drop numbers at two places in a row, where one is enough. More is lost in training than the "
        "setting says, and the setting no longer means the same as in other models.",
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
                "F.dropout(self.down_proj(self.activation(self.up_proj(x))), self.dropout.p)",
            )
        },
    ),
    "rest not enlarged": Kind(
        "In training you undo that dropout enlarges the numbers that are left. On average the result is then "
        "smaller in training than in evaluation, and the layers behind it meet another size than they were "
        "trained on.",
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
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut in the middle": (
                "self.activation(self.up_proj(x))",
                "self.activation(self.up_proj(x)).detach()",
            )
        },
    ),
    "nothing returned": Kind(NOTHING_RETURNED, {"result missing": ("return self", "self")}),
}
