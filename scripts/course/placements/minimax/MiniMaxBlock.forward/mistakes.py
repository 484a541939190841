"""What people write for placements.minimax.MiniMaxBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    IN_PARALLEL,
    MLP_FIRST,
    NO_RESIDUAL,
    NORMS_EXCHANGED,
    NORMS_SWAPPED,
    NOT_NORMED_FIRST,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "residual from before the norm": Kind(
        "You take the residual from before the norm, which is pre-norm with a weight. Here the stream itself is normed, "
        "and what is normed goes both ways.",
        {
            "residual of attention from before": ("x = self.alpha * h + ", "x = self.alpha * x + "),
            "residual of the MLP from before": ("return self.alpha * h + ", "return self.alpha * x + "),
            "both from before": (
                "x = self.alpha * h + self.attn(h, context)",
                "x = self.alpha * x + self.attn(h, context)\n        return self.alpha * x + self.mlp(self.mlp_norm(x))",
            ),
        },
    ),
    "alpha forgotten": Kind(
        "At one or both sums alpha is missing. The stream then weighs no more than what one layer adds, and deep models "
        "become unstable, as with post-norm.",
        {
            "alpha of attention forgotten": ("x = self.alpha * h + ", "x = h + "),
            "alpha of the MLP forgotten": ("return self.alpha * h + ", "return h + "),
            "both forgotten": (
                "x = self.alpha * h + self.attn(h, context)",
                "x = h + self.attn(h, context)\n        h = self.mlp_norm(x)\n        return h + self.mlp(h)",
            ),
        },
    ),
    "alpha on what is added": Kind(
        "Your alpha makes what a sublayer adds stronger, instead of the stream. The deeper the model, the less one layer "
        "may change it.",
        {
            "alpha on what attention adds": (
                "self.alpha * h + self.attn(h, context)",
                "h + self.alpha * self.attn(h, context)",
            ),
            "alpha on what the MLP adds": ("self.alpha * h + self.mlp(h)", "h + self.alpha * self.mlp(h)"),
            "alpha on the sum": ("self.alpha * h + self.mlp(h)", "self.alpha * (h + self.mlp(h))"),
        },
    ),
    "alpha on what is read": Kind(
        "A sublayer reads the stream multiplied by alpha. alpha is for the sum only: what is read has the size that the "
        "norm gave it.",
        {
            "attention reads it": ("self.attn(h, context)", "self.attn(self.alpha * h, context)"),
            "the MLP reads it": ("self.mlp(h)", "self.mlp(self.alpha * h)"),
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": ("h = self.attn_norm(x)", "h = x"),
            "norm of the MLP forgotten": ("h = self.mlp_norm(x)", "h = x"),
        },
    ),
    "sublayer reads the stream as it is": Kind(
        "A sublayer reads the stream from before the norm. Here both it and the residual start behind the norm.",
        {
            "attention reads the stream": ("self.attn(h, context)", "self.attn(x, context)"),
            "the MLP reads the stream": ("self.mlp(h)", "self.mlp(x)"),
        },
    ),
    "post-norm": Kind(
        "You norm the sum, behind the sublayer. It is the same model cut elsewhere, but not the same layer: weights of this "
        "one would act in the wrong places.",
        {
            "post-norm": (
                "h = self.attn_norm(x)",
                "x = self.attn_norm(self.alpha * x + self.attn(x, context))\n"
                "        return self.mlp_norm(self.alpha * x + self.mlp(x))",
            )
        },
    ),
    "no residual": Kind(
        NO_RESIDUAL,
        {
            "no residual around attention": ("x = self.alpha * h + ", "x = "),
            "no residual around the MLP": ("return self.alpha * h + ", "return "),
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": ("return self.alpha * h + self.mlp(h)", "return x"),
            "attention forgotten": ("x = self.alpha * h + self.attn(h, context)", "x = h"),
        },
    ),
    "MLP first": Kind(
        MLP_FIRST,
        {
            "MLP first": (
                "h = self.attn_norm(x)",
                "h = self.mlp_norm(x)\n        x = self.alpha * h + self.mlp(h)\n        h = self.attn_norm(x)\n"
                "        return self.alpha * h + self.attn(h, context)",
            )
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL,
        {"in parallel": ("h = self.mlp_norm(x)", "return x + self.mlp(h)")},
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norms swapped, first": ("self.attn_norm(x)", "self.mlp_norm(x)"),
            "the norms swapped, then": ("self.mlp_norm(x)", "self.attn_norm(x)"),
        },
    ),
    "norms exchanged": Kind(
        NORMS_EXCHANGED,
        {
            "the norms swapped, both": (
                "h = self.attn_norm(x)",
                "h = self.mlp_norm(x)\n        x = self.alpha * h + self.attn(h, context)\n"
                "        h = self.attn_norm(x)\n        return self.alpha * h + self.mlp(h)",
            )
        },
    ),
    "empty context": Kind(
        EMPTY_CONTEXT, {"an empty context handed on": (", context)", ", Context(context.position))")}
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND, {"context without its cache": (", context)", ", context._replace(cache=None))")}
    ),
}
