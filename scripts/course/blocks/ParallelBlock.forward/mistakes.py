"""What people write for blocks.ParallelBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    EMPTY_CONTEXT,
    MLP_SCALED_TOO,
    NO_RESIDUAL,
    NORMS_ON_THE_OUTSIDE,
    NOT_NORMED_FIRST,
    ONE_AFTER_THE_OTHER,
    SCALE_FORGOTTEN,
    SCALE_ON_STREAM,
    STREAM_NORMED,
    STREAM_TWICE,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE

MISTAKES = {
    "one after the other": Kind(
        ONE_AFTER_THE_OTHER,
        {
            "one after the other": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                ("x = x + self.attn_scale * self.attn(normed, context)\n        return x + self.mlp(self.norm(x))"),
            )
        },
    ),
    "MLP reads attention's result alone": Kind(
        "Your MLP reads what attention gives and nothing else. It should read the same normed stream as "
        "attention does: what the token itself and earlier layers have to say reaches it otherwise only by way "
        "of attention.",
        {
            "MLP reads what attention gives": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                (
                    "attended = self.attn_scale * self.attn(normed, context)\n"
                    "        return x + attended + self.mlp(attended)"
                ),
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
        "so that attention and MLP no longer read the same numbers.",
        {"norm applied twice": ("self.mlp(normed)", "self.mlp(self.norm(normed))")},
    ),
    "norm on the outside": Kind(
        NORMS_ON_THE_OUTSIDE,
        {
            "norm on the outside": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return x + self.norm(self.attn_scale * self.attn(x, context) + self.mlp(x))",
            ),
            "norm on the outside of each": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return x + self.attn_scale * self.norm(self.attn(x, context)) + self.norm(self.mlp(x))",
            ),
        },
    ),
    "stream added twice": Kind(
        STREAM_TWICE,
        {
            "residual counted twice": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return (x + self.attn_scale * self.attn(normed, context)) + (x + self.mlp(normed))",
            )
        },
    ),
    "no residual": Kind(NO_RESIDUAL, {"no residual": ("return x + self.attn_scale", "return self.attn_scale")}),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": (" + self.mlp(normed)", ""),
            "attention forgotten": (" + self.attn_scale * self.attn(normed, context)", ""),
        },
    ),
    "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
    "MLP scaled too": Kind(
        MLP_SCALED_TOO,
        {
            "attn_scale on both": (
                "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "self.attn_scale * (self.attn(normed, context) + self.mlp(normed))",
            )
        },
    ),
    "mean of both sublayers": Kind(
        "You take the average of what the two sublayers give instead of adding them up. Each says only half as "
        "much then, and trained weights give other results than in the model that they come from.",
        {
            "the mean of both": (
                "self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "(self.attn_scale * self.attn(normed, context) + self.mlp(normed)) / 2",
            )
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut at the norm": ("self.norm(x)", "self.norm(x.detach())")}),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {"an empty context handed on": ("self.attn(normed, context)", "self.attn(normed, Context(context.position))")},
    ),
    "changed in place": Kind(
        IN_PLACE,
        {
            "stream changed in place": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                ("x += self.attn_scale * self.attn(normed, context)\n        return x + self.mlp(normed)"),
            ),
            "stream changed in place, twice": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                ("x += self.attn_scale * self.attn(normed, context)\n        x += self.mlp(normed)\n        return x"),
            ),
        },
    ),
    "post-norm": Kind(
        "You norm the sum, the stream along with what both sublayers add. In this block they read through the "
        "norm, and the stream itself runs through untouched, which keeps the way free for the gradient.",
        {
            "norm on the sum": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return self.norm(x + self.attn_scale * self.attn(x, context) + self.mlp(x))",
            ),
            "norm on the sum as well": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return self.norm(x + self.attn_scale * self.attn(normed, context) + self.mlp(normed))",
            ),
        },
    ),
    "attn_scale on the stream": Kind(
        SCALE_ON_STREAM,
        {
            "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
            "attn_scale on the sum": (
                "return x + self.attn_scale * self.attn(normed, context) + self.mlp(normed)",
                "return self.attn_scale * (x + self.attn(normed, context) + self.mlp(normed))",
            ),
        },
    ),
}
