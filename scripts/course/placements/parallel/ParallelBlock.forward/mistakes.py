"""What people write for placements.parallel.ParallelBlock.forward, and why it matters."""

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
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "one after the other": Kind(
        ONE_AFTER_THE_OTHER,
        {
            "one after the other": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                ("x = x + self.attn(normed, context)\n        return x + self.mlp(self.norm(x))"),
            )
        },
    ),
    "MLP reads attention's result alone": Kind(
        "Your MLP reads what attention outputs and nothing else. It should read the same normed stream as attention "
        "does: otherwise the token itself and what earlier layers have added reach it only through attention.",
        {
            "MLP reads what attention gives": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                ("attended = self.attn(normed, context)\n        return x + attended + self.mlp(attended)"),
            )
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "MLP reads the stream unnormed": ("self.mlp(normed)", "self.mlp(x)"),
            "attention reads the stream unnormed": ("self.attn(normed, context)", "self.attn(x, context)"),
            "norm forgotten": ("normed = self.norm(x)", "normed = x"),
        },
    ),
    "residual stream normed": Kind(
        STREAM_NORMED, {"stream normed too": ("normed = self.norm(x)", "x = normed = self.norm(x)")}
    ),
    "norm applied twice": Kind(
        "Your MLP reads a stream that went through the norm twice. The norm's weights act on it twice as well, "
        "so that attention and MLP no longer read the same input.",
        {"norm applied twice": ("self.mlp(normed)", "self.mlp(self.norm(normed))")},
    ),
    "norm on the outside": Kind(
        NORMS_ON_THE_OUTSIDE,
        {
            "norm on the outside": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                "return x + self.norm(self.attn(x, context) + self.mlp(x))",
            ),
            "norm on the outside of each": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                "return x + self.norm(self.attn(x, context)) + self.norm(self.mlp(x))",
            ),
        },
    ),
    "stream added twice": Kind(
        STREAM_TWICE,
        {
            "residual counted twice": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                "return (x + self.attn(normed, context)) + (x + self.mlp(normed))",
            )
        },
    ),
    "no residual": Kind(NO_RESIDUAL, {"no residual": ("return x + self.attn(", "return self.attn(")}),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {"MLP forgotten": (" + self.mlp(normed)", ""), "attention forgotten": (" + self.attn(normed, context)", "")},
    ),
    "mean of both sublayers": Kind(
        "You take the average of what the two sublayers output instead of their sum. Each adds only half as much "
        "then, and trained weights give other results than in the model that they come from.",
        {
            "the mean of both": (
                "self.attn(normed, context) + self.mlp(normed)",
                "(self.attn(normed, context) + self.mlp(normed)) / 2",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut at the norm": ("self.norm(x)", "self.norm(x.detach())")}),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {"an empty context handed on": ("self.attn(normed, context)", "self.attn(normed, Context(context.position))")},
    ),
    "post-norm": Kind(
        "You norm the sum, the stream along with what both sublayers add. In this block they read through the "
        "norm, and the stream itself passes unchanged, which keeps the way free for the gradient.",
        {
            "norm on the sum": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                "return self.norm(x + self.attn(x, context) + self.mlp(x))",
            ),
            "norm on the sum as well": (
                "return x + self.attn(normed, context) + self.mlp(normed)",
                "return self.norm(x + self.attn(normed, context) + self.mlp(normed))",
            ),
        },
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND,
        {
            "context without its cache": (
                "self.attn(normed, context)",
                "self.attn(normed, context._replace(cache=None))",
            )
        },
    ),
}
