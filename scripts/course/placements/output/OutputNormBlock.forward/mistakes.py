"""What people write for placements.output.OutputNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import OUTPUT_NOT_NORMED, RESIDUAL_INSIDE
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **sublayer_mistakes("x = x + self.attn_norm(self.attn(x, context))", "return x + self.mlp_norm(self.mlp(x))"),
    "pre-norm": Kind(
        "You norm what a sublayer reads, where this block norms what it outputs. Only a norm behind the sublayer "
        "limits how much it adds to the stream.",
        {
            "pre-norm": (
                "x = x + self.attn_norm(self.attn(x, context))",
                ("x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))"),
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
                "x = x + self.attn_norm(self.attn(x, context))",
                ("x = self.attn_norm(x + self.attn(x, context))\n        return self.mlp_norm(x + self.mlp(x))"),
            ),
            "residual inside the norm": ("x + self.mlp_norm(self.mlp(x))", "self.mlp_norm(x + self.mlp(x))"),
            "residual inside the norm of attention": (
                "x + self.attn_norm(self.attn(x, context))",
                "self.attn_norm(x + self.attn(x, context))",
            ),
        },
    ),
    "sandwich norm": Kind(
        "You norm what a sublayer reads as well as what it outputs. This block lets it read the stream as it is, "
        "and one norm has only one set of weights, which cannot suit both sides.",
        {
            "sandwich norm": ("self.mlp_norm(self.mlp(x))", "self.mlp_norm(self.mlp(self.mlp_norm(x)))"),
            "sandwich norm around both": (
                "x = x + self.attn_norm(self.attn(x, context))",
                (
                    "x = x + self.attn_norm(self.attn(self.attn_norm(x), context))\n"
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
                "x = x + self.attn_norm(self.attn(x, context))",
                ("x = x + self.attn(x, context)\n        return x + self.mlp(x)"),
            ),
        },
    ),
    "residual stream normed": Kind(
        "You norm the stream itself, and add to the normed one. What earlier layers added is resized in every "
        "layer, where in this block only what a sublayer outputs should go through a norm.",
        {
            "residual normalised before both": (
                "x = x + self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = self.mlp_norm(x + self.attn(x, context))\n"
                    "        return x + self.mlp(x)"
                ),
            ),
            "residual normalised before attention": (
                "x = x + self.attn_norm(self.attn(x, context))",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = x + self.attn(x, context)\n"
                    "        return x + self.mlp_norm(self.mlp(x))"
                ),
            ),
            "residual normalised before the MLP": (
                "return x + self.mlp_norm(self.mlp(x))",
                "x = self.mlp_norm(x)\n        return x + self.mlp(x)",
            ),
        },
    ),
}
