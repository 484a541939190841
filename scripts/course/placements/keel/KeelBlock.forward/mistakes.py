"""What people write for placements.keel.KeelBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import NOT_NORMED_FIRST, RESIDUAL_OUTSIDE, SUM_NOT_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

FIRST = "x = self.attn_norm(self.alpha * x + self.attn(self.attn_in_norm(x), context))"
SECOND = "return self.mlp_norm(self.alpha * x + self.mlp(self.mlp_in_norm(x)))"

MISTAKES = {
    **sublayer_mistakes(FIRST, SECOND, stream="self.alpha * x + "),
    "alpha against the stream": Kind(
        "Your alpha makes what a sublayer adds stronger, or the stream weaker. It should do the opposite: the deeper the "
        "model, the less one layer may change the stream.",
        {
            "alpha on what attention adds": (
                "self.alpha * x + self.attn(self.attn_in_norm(x), context)",
                "x + self.alpha * self.attn(self.attn_in_norm(x), context)",
            ),
            "alpha on what the MLP adds": (
                "self.alpha * x + self.mlp(self.mlp_in_norm(x))",
                "x + self.alpha * self.mlp(self.mlp_in_norm(x))",
            ),
        },
    ),
    "alpha without effect": Kind(
        "At one or both of the additions alpha is missing, or multiplies the whole sum, where the norm divides it away "
        "again. That is post-norm, whose gradient fades in deep models.",
        {
            "alpha forgotten, first": ("self.alpha * x + self.attn(", "x + self.attn("),
            "alpha forgotten, then": ("self.alpha * x + self.mlp(", "x + self.mlp("),
            "alpha on the sum": (
                "self.alpha * x + self.mlp(self.mlp_in_norm(x))",
                "self.alpha * (x + self.mlp(self.mlp_in_norm(x)))",
            ),
        },
    ),
    "inner norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "inner norm of attention forgotten": ("self.attn_in_norm(x)", "x"),
            "inner norm of the MLP forgotten": ("self.mlp_in_norm(x)", "x"),
            "both inner norms forgotten": (
                FIRST,
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))\n"
                "        return self.mlp_norm(self.alpha * x + self.mlp(x))",
            ),
        },
    ),
    "outer norm forgotten": Kind(
        SUM_NOT_NORMED,
        {
            "outer norm of attention forgotten": (
                FIRST,
                "x = self.alpha * x + self.attn(self.attn_in_norm(x), context)",
            ),
            "outer norm of the MLP forgotten": (SECOND, "return self.alpha * x + self.mlp(self.mlp_in_norm(x))"),
        },
    ),
    "residual from the inner norm": Kind(
        "You weigh the stream behind the inner norm, which is for what a sublayer reads. The residual is the stream itself.",
        {
            "residual of attention from the inner norm": (
                "self.alpha * x + self.attn(",
                "self.alpha * self.attn_in_norm(x) + self.attn(",
            ),
            "residual of the MLP from the inner norm": (
                "self.alpha * x + self.mlp(",
                "self.alpha * self.mlp_in_norm(x) + self.mlp(",
            ),
        },
    ),
    "residual outside the norm": Kind(
        RESIDUAL_OUTSIDE,
        {
            "residual outside the norm": (
                "self.mlp_norm(self.alpha * x + self.mlp(self.mlp_in_norm(x)))",
                "self.alpha * x + self.mlp_norm(self.mlp(self.mlp_in_norm(x)))",
            ),
            "residual outside the norm of attention": (
                "self.attn_norm(self.alpha * x + self.attn(self.attn_in_norm(x), context))",
                "self.alpha * x + self.attn_norm(self.attn(self.attn_in_norm(x), context))",
            ),
        },
    ),
    "inner and outer norm swapped": Kind(
        "The inner and the outer norm of a sublayer have changed places, or one serves as both. Norms without weights hide "
        "it, but trained weights then act on activations that the other's were learned for.",
        {
            "swapped at attention": (
                FIRST,
                "x = self.attn_in_norm(self.alpha * x + self.attn(self.attn_norm(x), context))",
            ),
            "swapped at the MLP": (SECOND, "return self.mlp_in_norm(self.alpha * x + self.mlp(self.mlp_norm(x)))"),
            "the outer one serves as both": ("self.mlp_in_norm(x)", "self.mlp_norm(x)"),
        },
    ),
}
