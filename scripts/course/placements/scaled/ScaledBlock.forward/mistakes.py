"""What people write for placements.scaled.ScaledBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    EMPTY_CONTEXT,
    IN_PARALLEL,
    MLP_FIRST,
    NO_RESIDUAL,
    NORMS_EXCHANGED,
    NORMS_SWAPPED,
    NOT_NORMED_FIRST,
    OVERWRITTEN,
    RESIDUAL_FROM_INPUT,
    STREAM_NORMED,
    STREAM_TWICE,
    SUBLAYER_FORGOTTEN,
)
from scripts.course.placements.scaled.explanations import MLP_SCALED_TOO, SCALE_FORGOTTEN, SCALE_ON_STREAM
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "no residual": Kind(
        NO_RESIDUAL,
        {
            "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
            "no residual around the MLP": ("return x + self.mlp(", "return self.mlp("),
            "no residual around either": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return self.mlp(self.mlp_norm(x))"
                ),
            ),
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "no norm before attention": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
            "no norm before the MLP": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
            "no norm before either": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                ("x = x + self.attn_scale * self.attn(x, context)\n        return x + self.mlp(x)"),
            ),
        },
    ),
    "residual stream normed": Kind(
        STREAM_NORMED,
        {
            "residual normalised before attention": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                ("x = self.attn_norm(x)\n        x = x + self.attn_scale * self.attn(x, context)"),
            ),
            "residual normalised before the MLP": (
                "return x + self.mlp(self.mlp_norm(x))",
                "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
            ),
            "one norm more at the end": (
                "return x + self.mlp(self.mlp_norm(x))",
                "return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))",
            ),
            "residual normalised before both": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return x + self.mlp(x)"
                ),
            ),
        },
    ),
    "post-norm": Kind(
        "You norm the stream itself after every addition, as the first transformers did. In this block it passes "
        "unchanged, and with it the gradient, so that training starts without a warm-up.",
        {
            "post-norm": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))"
                ),
            )
        },
    ),
    "norm behind a sublayer": Kind(
        "You norm what a sublayer outputs instead of what it reads, as OLMo 2 does. It then reads a stream that grows "
        "from layer to layer, and all that it adds is forced to one size.",
        {
            "output norm of attention only": (
                "self.attn(self.attn_norm(x), context)",
                "self.attn_norm(self.attn(x, context))",
            ),
            "output norm, as OLMo 2": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_norm(self.mlp(x))"
                ),
            ),
            "output norm of the MLP only": ("self.mlp(self.mlp_norm(x))", "self.mlp_norm(self.mlp(x))"),
        },
    ),
    "norm behind a sublayer as well": Kind(
        "You also norm what a sublayer outputs, as blocks with norms on both sides do. All that it adds then has "
        "one size, where in this block a sublayer's weights set how much it adds.",
        {
            "sandwich norm around the MLP only": (
                "return x + self.mlp(self.mlp_norm(x))",
                "return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))",
            ),
            "sandwich norm": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))"
                ),
            ),
            "sandwich norm around attention only": (
                "self.attn(self.attn_norm(x), context)",
                "self.attn_norm(self.attn(self.attn_norm(x), context))",
            ),
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL,
        {
            "in parallel": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                ("return x + self.attn_scale * self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))"),
            )
        },
    ),
    "MLP first": Kind(
        MLP_FIRST,
        {
            "MLP first": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = x + self.mlp(self.mlp_norm(x))\n"
                    "        return x + self.attn_scale * self.attn(self.attn_norm(x), context)"
                ),
            )
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": ("return x + self.mlp(self.mlp_norm(x))", "return x"),
            "attention forgotten": ("x = x + self.attn_scale * self.attn(self.attn_norm(x), context)", "pass"),
        },
    ),
    "attention in the MLP's place": Kind(
        "You run attention a second time where the MLP belongs. The MLP never runs, and its weights, often most of "
        "the model, get no gradient.",
        {"attention twice": ("self.mlp(self.mlp_norm(x))", "self.attn(self.attn_norm(x), context)")},
    ),
    "stream added twice": Kind(
        STREAM_TWICE,
        {
            "first residual counted twice": ("x = x + self.attn_scale", "x = x + x + self.attn_scale"),
            "both residuals counted twice": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = x + x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + x + self.mlp(self.mlp_norm(x))"
                ),
            ),
            "second residual counted twice": ("return x + self.mlp(", "return x + x + self.mlp("),
        },
    ),
    "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
    "MLP scaled too": Kind(
        MLP_SCALED_TOO,
        {
            "attn_scale on the MLP too": ("return x + self.mlp(", "return x + self.attn_scale * self.mlp("),
            "MLP scaled too, by a half": ("return x + self.mlp(", "return x + 0.5 * self.mlp("),
        },
    ),
    "attn_scale on the stream": Kind(
        SCALE_ON_STREAM,
        {
            "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
            "attn_scale on the sum": (
                "x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn_scale * (x + self.attn(self.attn_norm(x), context))",
            ),
            "attn_scale on both sums": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_scale * (x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.attn_scale * (x + self.mlp(self.mlp_norm(x)))"
                ),
            ),
        },
    ),
    "attn_scale on what attention reads": Kind(
        "You scale what attention reads, not what it adds. Where queries and keys are not normed, they get "
        "smaller as well and the scores nearly all alike; biases are not scaled at all.",
        {
            "attn_scale on what attention reads": (
                "self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn(self.attn_scale * self.attn_norm(x), context)",
            )
        },
    ),
    "divided by attn_scale": Kind(
        "You divide by the scale, which makes what attention adds larger. It is there to keep the sum over "
        "many layers from growing; the other way round, attention dominates the stream of a deep model.",
        {
            "divided by attn_scale": (
                "self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn(self.attn_norm(x), context) / self.attn_scale",
            )
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norms swapped, first": ("self.attn(self.attn_norm(x)", "self.attn(self.mlp_norm(x)"),
            "the norms swapped, then": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))"),
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT,
        {
            "gradient cut at attention": ("self.attn(self.attn_norm(x)", "self.attn(self.attn_norm(x.detach())"),
            "gradient cut at the residual": ("x = x + self.attn_scale", "x = x.detach() + self.attn_scale"),
        },
    ),
    "context not handed on": Kind(
        "You call attention without the context that is passed in. It has neither the positions of its tokens nor "
        "the cache, and stops with an error.",
        {"context not handed on": (", context)\n", ")\n")},
    ),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {
            "an empty context handed on": (
                "self.attn_norm(x), context)",
                "self.attn_norm(x), Context(context.position))",
            )
        },
    ),
    "norms exchanged": Kind(
        NORMS_EXCHANGED,
        {
            "the norms swapped, both": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = x + self.attn_scale * self.attn(self.mlp_norm(x), context)\n"
                    "        return x + self.mlp(self.attn_norm(x))"
                ),
            )
        },
    ),
    "overwritten too early": Kind(
        OVERWRITTEN,
        {
            "second sum in place": (
                "return x + self.mlp(self.mlp_norm(x))",
                "x += self.mlp(self.mlp_norm(x))\n        return x",
            )
        },
    ),
    "MLP's residual from the block's input": Kind(
        RESIDUAL_FROM_INPUT,
        {
            "MLP added to the block's input": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "attended = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(attended))"
                ),
            )
        },
    ),
}
