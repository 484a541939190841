"""What people write for placements.post.PostNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import OVERWRITTEN, PRE_FOR_POST, PRE_NORM_TOO, RESIDUAL_OUTSIDE, SUM_NOT_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    **sublayer_mistakes("x = self.attn_norm(x + self.attn(x, context))", "return self.mlp_norm(x + self.mlp(x))"),
    "residual outside the norm": Kind(
        RESIDUAL_OUTSIDE,
        {
            "residual left out of the first norm": (
                "self.attn_norm(x + self.attn(x, context))",
                "x + self.attn_norm(self.attn(x, context))",
            ),
            "residual left out of the second norm": (
                "self.mlp_norm(x + self.mlp(x))",
                "x + self.mlp_norm(self.mlp(x))",
            ),
            "output norm, as OLMo 2": (
                "x = self.attn_norm(x + self.attn(x, context))",
                ("x = x + self.attn_norm(self.attn(x, context))\n        return x + self.mlp_norm(self.mlp(x))"),
            ),
        },
    ),
    "pre-norm": Kind(
        PRE_FOR_POST,
        {
            "pre-norm": (
                "x = self.attn_norm(x + self.attn(x, context))",
                ("x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))"),
            ),
            "only the MLP reads normed": (
                "return self.mlp_norm(x + self.mlp(x))",
                "return x + self.mlp(self.mlp_norm(x))",
            ),
        },
    ),
    "pre-norm as well": Kind(
        PRE_NORM_TOO,
        {
            "pre-norm as well, before attention": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
            "pre-norm as well, before the MLP": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
            "pre-norm as well, before both": (
                "x = self.attn_norm(x + self.attn(x, context))",
                (
                    "x = self.attn_norm(x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_norm(x + self.mlp(self.mlp_norm(x)))"
                ),
            ),
        },
    ),
    "norm forgotten": Kind(
        SUM_NOT_NORMED,
        {
            "first norm forgotten": ("self.attn_norm(x + self.attn(x, context))", "x + self.attn(x, context)"),
            "second norm forgotten": ("return self.mlp_norm(x + self.mlp(x))", "return x + self.mlp(x)"),
            "both norms forgotten": (
                "x = self.attn_norm(x + self.attn(x, context))",
                ("x = x + self.attn(x, context)\n        return x + self.mlp(x)"),
            ),
        },
    ),
    "residual from before the norm": Kind(
        "Your MLP reads the normed stream, but what it outputs is added to the stream from before that norm. The "
        "norm is there to settle how much the stream weighs beside what the MLP adds.",
        {
            "second residual from before the norm": (
                "x = self.attn_norm(x + self.attn(x, context))",
                ("x = x + self.attn(x, context)\n        return self.mlp_norm(x + self.mlp(self.attn_norm(x)))"),
            )
        },
    ),
    "gradient cut": Kind(
        GRADIENT_CUT, {"gradient cut at the residual": ("x + self.mlp(x)", "x.detach() + self.mlp(x)")}
    ),
    "overwritten too early": Kind(
        OVERWRITTEN,
        {
            "second sum in place": (
                "return self.mlp_norm(x + self.mlp(x))",
                "x += self.mlp(x)\n        return self.mlp_norm(x)",
            )
        },
    ),
}
