"""What people write for placements.deepnorm.DeepNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import PRE_FOR_POST, PRE_NORM_TOO, RESIDUAL_OUTSIDE, SUM_NOT_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **sublayer_mistakes(
        "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
        "return self.mlp_norm(self.alpha * x + self.mlp(x))",
        stream="self.alpha * x + ",
    ),
    "alpha against the stream": Kind(
        "Your alpha makes what a sublayer adds stronger, or the stream weaker, which comes to the same behind "
        "the norm. It should do the opposite: the deeper the model, the less one layer may change the stream.",
        {
            "alpha on what is added": ("self.alpha * x + self.mlp(x)", "x + self.alpha * self.mlp(x)"),
            "alpha on what attention adds": (
                "self.alpha * x + self.attn(x, context)",
                "x + self.alpha * self.attn(x, context)",
            ),
            "divided by alpha": ("self.alpha * x + self.mlp(x)", "x / self.alpha + self.mlp(x)"),
            "alpha on what both add": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.attn_norm(x + self.alpha * self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.alpha * self.mlp(x))"
                ),
            ),
            "divided by alpha, both": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.attn_norm(x / self.alpha + self.attn(x, context))\n"
                    "        return self.mlp_norm(x / self.alpha + self.mlp(x))"
                ),
            ),
        },
    ),
    "alpha without effect": Kind(
        "At one or both of the additions alpha is missing, or multiplies the whole sum, where the norm divides "
        "it away again. The stream then weighs no more than what one layer adds, and very deep models become "
        "unstable.",
        {
            "alpha forgotten, first": ("self.alpha * x + self.attn(", "x + self.attn("),
            "alpha forgotten, then": ("self.alpha * x + self.mlp(x)", "x + self.mlp(x)"),
            "alpha on the sum": ("self.alpha * x + self.mlp(x)", "self.alpha * (x + self.mlp(x))"),
            "alpha forgotten, both": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                ("x = self.attn_norm(x + self.attn(x, context))\n        return self.mlp_norm(x + self.mlp(x))"),
            ),
            "alpha on both sums": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.attn_norm(self.alpha * (x + self.attn(x, context)))\n"
                    "        return self.mlp_norm(self.alpha * (x + self.mlp(x)))"
                ),
            ),
        },
    ),
    "alpha on what a sublayer reads": Kind(
        "A sublayer reads the stream multiplied by alpha. alpha is meant for the addition only: what a "
        "sublayer reads should keep the size that the norm before it gave the stream.",
        {
            "the sublayer reads the larger stream too": (
                "self.alpha * x + self.mlp(x)",
                "self.alpha * x + self.mlp(self.alpha * x)",
            ),
            "attention reads the larger stream too": (
                "self.alpha * x + self.attn(x, context)",
                "self.alpha * x + self.attn(self.alpha * x, context)",
            ),
            "both read the larger stream": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.alpha * x\n"
                    "        x = self.alpha * self.attn_norm(x + self.attn(x, context))\n"
                    "        return self.mlp_norm(x + self.mlp(x))"
                ),
            ),
        },
    ),
    "residual outside the norm": Kind(
        RESIDUAL_OUTSIDE,
        {
            "residual outside the norm": (
                "self.mlp_norm(self.alpha * x + self.mlp(x))",
                "self.alpha * x + self.mlp_norm(self.mlp(x))",
            ),
            "residual outside both norms": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.alpha * x + self.attn_norm(self.attn(x, context))\n"
                    "        return self.alpha * x + self.mlp_norm(self.mlp(x))"
                ),
            ),
        },
    ),
    "pre-norm": Kind(
        PRE_FOR_POST,
        {
            "pre-norm": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.alpha * x + self.attn(self.attn_norm(x), context)\n"
                    "        return self.alpha * x + self.mlp(self.mlp_norm(x))"
                ),
            )
        },
    ),
    "pre-norm as well": Kind(
        PRE_NORM_TOO,
        {
            "pre-norm as well": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
            "pre-norm as well, before both": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                (
                    "x = self.attn_norm(self.alpha * x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_norm(self.alpha * x + self.mlp(self.mlp_norm(x)))"
                ),
            ),
        },
    ),
    "norm forgotten": Kind(
        SUM_NOT_NORMED,
        {
            "first norm forgotten": (
                "self.attn_norm(self.alpha * x + self.attn(x, context))",
                "self.alpha * x + self.attn(x, context)",
            ),
            "second norm forgotten": ("self.mlp_norm(self.alpha * x + self.mlp(x))", "self.alpha * x + self.mlp(x)"),
            "both norms forgotten": (
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))",
                ("x = self.alpha * x + self.attn(x, context)\n        return self.alpha * x + self.mlp(x)"),
            ),
        },
    ),
}
