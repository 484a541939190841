"""What people write for placements.parallel.ParallelTwoNormsBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    NO_RESIDUAL,
    NORMS_ON_THE_OUTSIDE,
    NOT_NORMED_FIRST,
    ONE_AFTER_THE_OTHER,
    STREAM_NORMED,
    STREAM_TWICE,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "one after the other": Kind(
        ONE_AFTER_THE_OTHER,
        {
            "one after the other": (
                ("return x + self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))"),
                ("x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))"),
            )
        },
    ),
    "one norm for both": Kind(
        "Both of your sublayers read through the same norm, and the other norm is never used. Two norms are "
        "what sets this block apart: each sublayer can weigh the channels in its own way.",
        {"one norm for both": ("self.mlp(self.mlp_norm(x))", "self.mlp(self.attn_norm(x))")},
    ),
    "norms swapped": Kind(
        "Each of your sublayers reads through the norm of the other. Norms without weights hide it, but with "
        "trained weights each sublayer gets the channels weighed in the way that suits the other.",
        {
            "the norms swapped": (
                "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                "self.attn(self.mlp_norm(x), context) + self.mlp(self.attn_norm(x))",
            )
        },
    ),
    "one norm after the other": Kind(
        "Your MLP reads through both norms, one after the other. Its norm should start from the stream: "
        "otherwise the weights of attention's norm shape what the MLP reads as well.",
        {"one norm after the other": ("self.mlp_norm(x)", "self.mlp_norm(self.attn_norm(x))")},
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "MLP reads the stream unnormed": ("self.mlp(self.mlp_norm(x))", "self.mlp(x)"),
            "attention reads the stream unnormed": ("self.attn(self.attn_norm(x), context)", "self.attn(x, context)"),
            "both read the stream unnormed": (
                "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                "self.attn(x, context) + self.mlp(x)",
            ),
        },
    ),
    "norms on the outside": Kind(
        NORMS_ON_THE_OUTSIDE,
        {
            "norms on the outside": (
                "self.attn(self.attn_norm(x), context) + self.mlp(self.mlp_norm(x))",
                "self.attn_norm(self.attn(x, context)) + self.mlp_norm(self.mlp(x))",
            )
        },
    ),
    "stream added twice": Kind(STREAM_TWICE, {"residual counted twice": ("+ self.mlp(", "+ x + self.mlp(")}),
    "no residual": Kind(NO_RESIDUAL, {"no residual": ("return x + self.attn(", "return self.attn(")}),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": (" + self.mlp(self.mlp_norm(x))", ""),
            "attention forgotten": (" + self.attn(self.attn_norm(x), context)", ""),
        },
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
    "residual stream normed": Kind(
        STREAM_NORMED,
        {
            "attention's norm on the stream": ("return x + self.attn(", "return self.attn_norm(x) + self.attn("),
            "the MLP's norm on the stream": ("return x + self.attn(", "return self.mlp_norm(x) + self.attn("),
        },
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND,
        {
            "context without its cache": (
                "self.attn_norm(x), context)",
                "self.attn_norm(x), context._replace(cache=None))",
            )
        },
    ),
}
