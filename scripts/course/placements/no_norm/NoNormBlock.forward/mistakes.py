"""What people write for placements.no_norm.NoNormBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    EMPTY_CONTEXT,
    IN_PARALLEL,
    MLP_FIRST,
    NO_RESIDUAL,
    OVERWRITTEN,
    RESIDUAL_FROM_INPUT,
    STREAM_TWICE,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "no residual": Kind(
        NO_RESIDUAL,
        {
            "no residual around attention": ("x = x + self.attn(", "x = self.attn("),
            "no residual around the MLP": ("return x + self.mlp(x)", "return self.mlp(x)"),
            "no residual around either": (
                "x = x + self.attn(x, context)",
                ("x = self.attn(x, context)\n        return self.mlp(x)"),
            ),
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL,
        {"in parallel": ("x = x + self.attn(x, context)", "return x + self.attn(x, context) + self.mlp(x)")},
    ),
    "MLP first": Kind(
        MLP_FIRST,
        {
            "MLP first": (
                "x = x + self.attn(x, context)",
                ("x = x + self.mlp(x)\n        return x + self.attn(x, context)"),
            )
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": ("return x + self.mlp(x)", "return x"),
            "attention forgotten": ("x = x + self.attn(x, context)", "pass"),
        },
    ),
    "a norm after all": Kind(
        "You norm what attention reads, even if without weights. This block is the control of every experiment "
        "with norms, and with a norm inside it can no longer show what happens without one.",
        {
            "a norm without weights after all": (
                "self.attn(x, context)",
                "self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)",
            ),
            "norms without weights after all": (
                "x = x + self.attn(x, context)",
                (
                    "x = x + self.attn(nn.functional.rms_norm(x, x.shape[-1:]), context)\n"
                    "        return x + self.mlp(nn.functional.rms_norm(x, x.shape[-1:]))"
                ),
            ),
        },
    ),
    "a norm that does not exist": Kind(
        "You call a norm of the ordinary block, which this block does not have. It is the block without norms, so "
        "the forward pass stops with an error.",
        {"norms as in Block": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)")},
    ),
    "empty context": Kind(
        EMPTY_CONTEXT,
        {"an empty context handed on": ("self.attn(x, context)", "self.attn(x, Context(context.position))")},
    ),
    "stream added twice": Kind(
        STREAM_TWICE,
        {
            "both residuals counted twice": (
                "x = x + self.attn(x, context)",
                ("x = x + x + self.attn(x, context)\n        return x + x + self.mlp(x)"),
            ),
            "first residual counted twice": ("x = x + self.attn(", "x = x + x + self.attn("),
            "second residual counted twice": ("return x + self.mlp(", "return x + x + self.mlp("),
        },
    ),
    "overwritten too early": Kind(
        OVERWRITTEN, {"second sum in place": ("return x + self.mlp(x)", "x += self.mlp(x)\n        return x")}
    ),
    "MLP's residual from the block's input": Kind(
        RESIDUAL_FROM_INPUT,
        {
            "MLP added to the block's input": (
                "x = x + self.attn(x, context)",
                ("attended = x + self.attn(x, context)\n        return x + self.mlp(attended)"),
            )
        },
    ),
}
