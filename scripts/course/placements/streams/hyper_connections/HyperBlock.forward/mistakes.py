"""What people write for placements.streams.hyper_connections.HyperBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    NORMS_SWAPPED,
    NOT_NORMED_FIRST,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

SECOND = "streams = write_streams(streams, self.mlp(self.mlp_norm(read_streams(streams, read))), write, mix)"

MISTAKES = {
    "connection of the other sublayer": Kind(
        "Both of your sublayers use the same connection. Each has weights of its own, and those that are unused get no "
        "gradient.",
        {
            "that of attention for the MLP": ("self.mlp_connection(streams)", "self.attn_connection(streams)"),
            "no new weights for the MLP": ("        read, write, mix = self.mlp_connection(streams)\n", ""),
            "that of the MLP for attention": ("self.attn_connection(streams)", "self.mlp_connection(streams)"),
        },
    ),
    "connection of the old streams": Kind(
        "The MLP's connection looks at the streams as they came in. It comes second, and looks at what attention has "
        "written.",
        {
            "connection of the old streams": (
                "self.mlp_connection(streams)",
                "self.mlp_connection(self.enter(x))",
            )
        },
    ),
    "in parallel": Kind(
        "Your MLP reads the streams as they came in. It comes second, so that it reads what attention of the same layer has "
        "written.",
        {
            "the MLP reads the old streams": (
                "self.mlp(self.mlp_norm(read_streams(streams, read)))",
                "self.mlp(self.mlp_norm(read_streams(self.enter(x), read)))",
            )
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": (
                "self.attn_norm(read_streams(streams, read))",
                "read_streams(streams, read)",
            ),
            "norm of the MLP forgotten": ("self.mlp_norm(read_streams(streams, read))", "read_streams(streams, read)"),
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norm of the MLP for attention": ("self.attn_norm(", "self.mlp_norm("),
            "the norm of attention for the MLP": ("self.mlp_norm(", "self.attn_norm("),
        },
    ),
    "streams normed": Kind(
        "You norm every stream and read then. The norm belongs on what is read: a mixture of normed streams has no fixed "
        "size, and a long stream no longer counts for more.",
        {
            "streams normed before attention": (
                "self.attn_norm(read_streams(streams, read))",
                "read_streams(self.attn_norm(streams), read)",
            ),
            "streams normed before the MLP": (
                "self.mlp_norm(read_streams(streams, read))",
                "read_streams(self.mlp_norm(streams), read)",
            ),
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "attention forgotten": ("streams = write_streams(streams, attended, write, mix)", "pass"),
            "MLP forgotten": (SECOND, "pass"),
        },
    ),
    "never split": Kind(
        "You do not let `enter` split the embedding in the first layer. There are no streams then, and the weights meet "
        "the tokens instead.",
        {"never split": ("streams = self.enter(x)", "streams = x")},
    ),
    "never joined": Kind(
        "You return the streams in the last layer, where `leave` makes one vector of them. The head reads one for each "
        "token.",
        {"never joined": ("return self.leave(streams)", "return streams")},
    ),
    "empty context": Kind(
        EMPTY_CONTEXT, {"an empty context handed on": (", context)", ", Context(context.position))")}
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND, {"context without its cache": (", context)", ", context._replace(cache=None))")}
    ),
}
