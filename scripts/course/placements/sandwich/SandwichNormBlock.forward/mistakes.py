"""What people write for placements.sandwich.SandwichNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import NOT_NORMED_FIRST, OUTPUT_NOT_NORMED, RESIDUAL_INSIDE
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **sublayer_mistakes(
        "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
        "return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
    ),
    "inner norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "inner norm of attention forgotten": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
            "inner norm of the MLP forgotten": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
            "both inner norms forgotten": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.attn_out_norm(self.attn(x, context))\n"
                    "        return x + self.mlp_out_norm(self.mlp(x))"
                ),
            ),
        },
    ),
    "outer norm forgotten": Kind(
        OUTPUT_NOT_NORMED,
        {
            "outer norm of attention forgotten": (
                "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn(self.attn_norm(x), context)",
            ),
            "outer norm of the MLP forgotten": (
                "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                "self.mlp(self.mlp_norm(x))",
            ),
            "both outer norms forgotten": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                ("x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))"),
            ),
        },
    ),
    "inner and outer norm swapped": Kind(
        "The inner and the outer norm of a sublayer have changed places. Norms without weights hide it, but "
        "trained weights then act on activations that the other norm's were learned for.",
        {
            "inner and outer norm of attention swapped": (
                "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn_norm(self.attn(self.attn_out_norm(x), context))",
            ),
            "inner and outer norm of the MLP swapped": (
                "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                "self.mlp_norm(self.mlp(self.mlp_out_norm(x)))",
            ),
            "inner and outer norms of both swapped": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.attn_norm(self.attn(self.attn_out_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_out_norm(x)))"
                ),
            ),
        },
    ),
    "one norm in two places": Kind(
        "One of your norms serves in two places, and the one that belongs there serves in none. The four norms "
        "have weights of their own, and those of the unused one get no gradient.",
        {
            "the outer norms swapped": ("self.attn_out_norm(", "self.mlp_out_norm("),
            "the inner norm used outside too": ("self.mlp_out_norm(", "self.mlp_norm("),
            "the inner norms used outside too": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.attn_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.mlp_norm(self.mlp(self.mlp_norm(x)))"
                ),
            ),
        },
    ),
    "residual inside the norm": Kind(
        RESIDUAL_INSIDE,
        {
            "residual inside the outer norm": (
                "x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))",
                "self.mlp_out_norm(x + self.mlp(self.mlp_norm(x)))",
            ),
            "residual inside both outer norms": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = self.attn_out_norm(x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.mlp_out_norm(x + self.mlp(self.mlp_norm(x)))"
                ),
            ),
            "residual inside the outer norm of attention": (
                "x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn_out_norm(x + self.attn(self.attn_norm(x), context))",
            ),
        },
    ),
    "residual taken from the inner norm": Kind(
        "You add to the normed stream, the one that a sublayer reads, instead of the stream itself. What "
        "earlier layers added is rescaled in every layer, and the gradient has no untouched way back to them.",
        {
            "residual taken from the inner norm": (
                "return x + self.mlp_out_norm(",
                "return self.mlp_norm(x) + self.mlp_out_norm(",
            ),
            "both residuals taken from the inner norms": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = self.attn_norm(x)\n"
                    "        x = x + self.attn_out_norm(self.attn(x, context))\n"
                    "        x = self.mlp_norm(x)\n"
                    "        return x + self.mlp_out_norm(self.mlp(x))"
                ),
            ),
            "residual taken from the inner norm of attention": (
                "x = x + self.attn_out_norm(",
                "x = self.attn_norm(x) + self.attn_out_norm(",
            ),
        },
    ),
    "norms of attention and MLP exchanged": Kind(
        "Norms of attention and of the MLP have changed places in your code. Norms without weights hide it, "
        "but trained weights then act on activations that the other sublayer's were learned for.",
        {
            "the outer norms exchanged": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.mlp_out_norm(self.attn(self.attn_norm(x), context))\n"
                    "        return x + self.attn_out_norm(self.mlp(self.mlp_norm(x)))"
                ),
            ),
            "the inner norms exchanged": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.attn_out_norm(self.attn(self.mlp_norm(x), context))\n"
                    "        return x + self.mlp_out_norm(self.mlp(self.attn_norm(x)))"
                ),
            ),
            "all four norms exchanged": (
                "x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                (
                    "x = x + self.mlp_out_norm(self.attn(self.mlp_norm(x), context))\n"
                    "        return x + self.attn_out_norm(self.mlp(self.attn_norm(x)))"
                ),
            ),
        },
    ),
}
