"""What people write for blocks.OutputNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    EMPTY_CONTEXT,
    IN_PARALLEL,
    MLP_FIRST,
    MLP_SCALED_TOO,
    NO_RESIDUAL,
    NORMS_EXCHANGED,
    NORMS_SWAPPED,
    OUTPUT_NOT_NORMED,
    OVERWRITTEN,
    RESIDUAL_INSIDE,
    SCALE_WITHOUT_EFFECT,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import IN_PLACE

MISTAKES = {
    "pre-norm": Kind(
        "You norm what a sublayer reads, where this block norms what it gives. Only a norm behind the sublayer "
        "limits how much it adds, so that the stream grows slowly and evenly.",
        {
            "pre-norm": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)\n"
                    "        return x + self.mlp(self.mlp_norm(x))"
                ),
            ),
            "pre-norm before attention only": (
                "self.attn_norm(self.attn(x, context))",
                "self.attn(self.attn_norm(x), context)",
            ),
            "pre-norm before the MLP only": ("self.mlp_norm(self.mlp(x))", "self.mlp(self.mlp_norm(x))"),
        },
    ),
    "residual inside the norm": Kind(
        RESIDUAL_INSIDE,
        {
            "post-norm": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))"
                ),
            ),
            "residual inside the norm": ("x + self.mlp_norm(self.mlp(x))", "self.mlp_norm(x + self.mlp(x))"),
            "residual inside the norm of attention": (
                "x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                "self.attn_norm(x + self.attn_scale * self.attn(x, context))",
            ),
        },
    ),
    "sandwich norm": Kind(
        "You norm what a sublayer reads as well as what it gives. This block lets it read the stream as it is, "
        "and one norm has only one set of weights, which cannot suit both sides.",
        {
            "sandwich norm": ("self.mlp_norm(self.mlp(x))", "self.mlp_norm(self.mlp(self.mlp_norm(x)))"),
            "sandwich norm around both": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = x + self.attn_scale * self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))"
                ),
            ),
            "sandwich norm around attention": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
        },
    ),
    "norm forgotten": Kind(
        OUTPUT_NOT_NORMED,
        {
            "norm of attention forgotten": ("self.attn_norm(self.attn(x, context))", "self.attn(x, context)"),
            "norm of the MLP forgotten": ("self.mlp_norm(self.mlp(x))", "self.mlp(x)"),
            "both norms forgotten": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                ("x = x + self.attn_scale * self.attn(x, context)\n        return x + self.mlp(x)"),
            ),
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norms swapped, first": ("self.attn_norm(", "self.mlp_norm("),
            "the norms swapped, then": ("self.mlp_norm(", "self.attn_norm("),
        },
    ),
    "attn_scale without effect": Kind(
        SCALE_WITHOUT_EFFECT,
        {
            "attn_scale inside the norm": (
                "self.attn_scale * self.attn_norm(self.attn(x, context))",
                "self.attn_norm(self.attn_scale * self.attn(x, context))",
            ),
            "attn_scale forgotten": ("self.attn_scale * ", ""),
        },
    ),
    "MLP scaled too": Kind(
        MLP_SCALED_TOO,
        {"attn_scale on the MLP too": ("return x + self.mlp_norm(", "return x + self.attn_scale * self.mlp_norm(")},
    ),
    "no residual": Kind(
        NO_RESIDUAL,
        {
            "no residual around attention": ("x = x + self.attn_scale", "x = self.attn_scale"),
            "no residual around the MLP": ("return x + self.mlp_norm(", "return self.mlp_norm("),
            "no residual around either": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return self.mlp_norm(self.mlp(x))"
                ),
            ),
        },
    ),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
    ),
    "norms exchanged": Kind(
        NORMS_EXCHANGED,
        {
            "the norms swapped, both": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = x + self.attn_scale * self.mlp_norm(self.attn(x, context))\n"
                    "        return x + self.attn_norm(self.mlp(x))"
                ),
            )
        },
    ),
    "residual stream normed": Kind(
        "You norm the stream itself, and add to the normed one. What earlier layers wrote is resized in every "
        "layer, where in this block only what a sublayer gives should go through a norm.",
        {
            "residual normalised before both": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn_scale * self.attn(x, context))\n"
                    "        return x + self.mlp(x)"
                ),
            ),
            "residual normalised before attention": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = x + self.attn_scale * self.attn(x, context)\n"
                    "        return x + self.mlp_norm(self.mlp(x))"
                ),
            ),
            "residual normalised before the MLP": (
                "return x + self.mlp_norm(self.mlp(x))",
                "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
            ),
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL,
        {
            "in parallel": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                ("return x + self.attn_scale * self.attn_norm(self.attn(x, context)) + self.mlp_norm(self.mlp(x))"),
            )
        },
    ),
    "MLP first": Kind(
        MLP_FIRST,
        {
            "MLP first": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x = x + self.mlp_norm(self.mlp(x))\n"
                    "        return x + self.attn_scale * self.attn_norm(self.attn(x, context))"
                ),
            )
        },
    ),
    "changed in place": Kind(
        IN_PLACE,
        {
            "stream changed in place": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x += self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_norm(self.mlp(x))"
                ),
            ),
            "stream changed in place, twice": (
                "x = x + self.attn_scale * self.attn_norm(self.attn(x, context))",
                (
                    "x += self.attn_scale * self.attn_norm(self.attn(x, context))\n"
                    "        x += self.mlp_norm(self.mlp(x))\n"
                    "        return x"
                ),
            ),
        },
    ),
    "overwritten too early": Kind(
        OVERWRITTEN,
        {
            "second sum in place": (
                "return x + self.mlp_norm(self.mlp(x))",
                "x += self.mlp_norm(self.mlp(x))\n        return x",
            )
        },
    ),
}
