"""What people write for placements.depth_scaled.DepthScaledBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    IN_PARALLEL,
    NOT_NORMED_FIRST,
    OUTPUT_NOT_NORMED,
    RESIDUAL_FROM_INPUT,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

MLP = "self.mlp_out_norm(self.mlp(self.mlp_norm(x)))"

MISTAKES = {
    "plain sums": Kind(
        "You add without the weights of the depth-scaled sum. That is the sandwich norm, whose stream grows with the root "
        "of the number of layers.",
        {
            "plain sum behind attention": ("x = depth_scaled_sum(x, attended, self.index)", "x = x + attended"),
            "plain sum behind the MLP": ("depth_scaled_sum(x, " + MLP + ", self.index + 1)", "x + " + MLP),
        },
    ),
    "another index": Kind(
        "Your index is not that of the addend. Attention's is self.index, and the MLP is the next one; both counted alike, "
        "one of them weighs too much.",
        {
            "the same for both": ("self.index + 1)", "self.index)"),
            "one too many": ("attended, self.index)", "attended, self.index + 1)"),
            "one too few": ("attended, self.index)", "attended, self.index - 1)"),
            "the wrong way round": (
                "x = depth_scaled_sum(x, attended, self.index)",
                "x = depth_scaled_sum(x, attended, self.index + 1)\n"
                "        return depth_scaled_sum(x, " + MLP + ", self.index)",
            ),
        },
    ),
    "stream and addend exchanged": Kind(
        "You hand the stream over as what is added, and the other way round. What one sublayer outputs then outweighs all "
        "that came before.",
        {
            "exchanged behind attention": ("(x, attended, self.index)", "(attended, x, self.index)"),
            "exchanged behind the MLP": ("(x, " + MLP + ", self.index + 1)", "(" + MLP + ", x, self.index + 1)"),
        },
    ),
    "inner norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "inner norm of attention forgotten": ("self.attn_norm(x)", "x"),
            "inner norm of the MLP forgotten": ("self.mlp_norm(x)", "x"),
        },
    ),
    "outer norm forgotten": Kind(
        OUTPUT_NOT_NORMED,
        {
            "outer norm of attention forgotten": (
                "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn(self.attn_norm(x), context)",
            ),
            "outer norm of the MLP forgotten": (MLP, "self.mlp(self.mlp_norm(x))"),
        },
    ),
    "norm of another place": Kind(
        "One of your norms serves in two places, or two have changed places. The four have weights of their own, learned "
        "each for its place.",
        {
            "inner and outer norm of attention swapped": (
                "self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn_norm(self.attn(self.attn_out_norm(x), context))",
            ),
            "inner and outer norm of the MLP swapped": (MLP, "self.mlp_norm(self.mlp(self.mlp_out_norm(x)))"),
            "outer norm of attention for the MLP": ("self.mlp_out_norm(", "self.attn_out_norm("),
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": ("return depth_scaled_sum(x, " + MLP + ", self.index + 1)", "return x"),
            "attention forgotten": ("x = depth_scaled_sum(x, attended, self.index)", "pass"),
        },
    ),
    "MLP's residual from the block's input": Kind(
        RESIDUAL_FROM_INPUT,
        {
            "MLP added to the block's input": (
                "x = depth_scaled_sum(x, attended, self.index)",
                "y = depth_scaled_sum(x, attended, self.index)\n"
                "        return depth_scaled_sum(x, self.mlp_out_norm(self.mlp(self.mlp_norm(y))), self.index + 1)",
            )
        },
    ),
    "in parallel": Kind(
        IN_PARALLEL,
        {
            "in parallel": (
                "x = depth_scaled_sum(x, attended, self.index)",
                "y = depth_scaled_sum(x, attended, self.index)\n"
                "        return depth_scaled_sum(y, " + MLP + ", self.index + 1)",
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
