"""What people write for placements.streams.attn_res.AttnResBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import (
    CACHE_LEFT_BEHIND,
    EMPTY_CONTEXT,
    NORMS_SWAPPED,
    NOT_NORMED_FIRST,
    SUBLAYER_FORGOTTEN,
)
from scripts.workshop.diagnose import Kind

NEW = "torch.cat((sums, y[..., None, :]), dim=-2)"
SECOND = "sums = add_to_last(sums, self.mlp(self.mlp_norm(self.mlp_residual(sums))))"

MISTAKES = {
    "always a new sum": Kind(
        "Every layer of yours begins a new sum. `begins` says where one begins; in other layers, what attention outputs "
        "joins the last one.",
        {"always a new sum": (NEW + " if self.begins else add_to_last(sums, y)", NEW)},
    ),
    "never a new sum": Kind(
        "You never begin a new sum. All is one plain residual stream then, and there is nothing to choose from.",
        {"never a new sum": (NEW + " if self.begins else add_to_last(sums, y)", "add_to_last(sums, y)")},
    ),
    "begun the wrong way round": Kind(
        "You begin a sum in the layers that should add to one, and the other way round. The first layer then adds to the "
        "embedding, which no later sum can be told apart from.",
        {"begun the wrong way round": ("if self.begins", "if not self.begins")},
    ),
    "the new sum goes on from the last": Kind(
        "Your new sum begins with the last one in it. It begins with attention's output alone, or what is in the older sum "
        "is in the mixture twice.",
        {
            "the new sum goes on from the last": (
                NEW,
                "torch.cat((sums, (sums[..., -1, :] + y)[..., None, :]), dim=-2)",
            )
        },
    ),
    "put in front": Kind(
        "You put the new sum in front. The last one is the one that is still running, and to which the MLP adds.",
        {"put in front": ("torch.cat((sums, y[..., None, :])", "torch.cat((y[..., None, :], sums)")},
    ),
    "the last sum read": Kind(
        "A sublayer of yours reads the last sum alone. It reads the mixture of all sums that its own query chooses.",
        {
            "by attention": ("self.attn_norm(self.attn_residual(sums))", "self.attn_norm(sums[..., -1, :])"),
            "by the MLP": ("self.mlp_norm(self.mlp_residual(sums))", "self.mlp_norm(sums[..., -1, :])"),
        },
    ),
    "query of the other sublayer": Kind(
        "Both of your sublayers choose by the same query. Each has its own, and one that is unused gets no gradient.",
        {
            "attention's for the MLP": ("self.mlp_residual(sums)", "self.attn_residual(sums)"),
            "the MLP's for attention": ("self.attn_residual(sums)", "self.mlp_residual(sums)"),
        },
    ),
    "the MLP does not read attention": Kind(
        "Your MLP reads the sums as they came in. It comes second, so that it finds attention's output in the last one.",
        {
            "the MLP does not read attention": (
                "self.mlp_residual(sums)",
                "self.mlp_residual(x[..., None, :] if self.first else x)",
            )
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": ("self.attn_norm(self.attn_residual(sums))", "self.attn_residual(sums)"),
            "norm of the MLP forgotten": ("self.mlp_norm(self.mlp_residual(sums))", "self.mlp_residual(sums)"),
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the norm of the MLP for attention": ("self.attn_norm(", "self.mlp_norm("),
            "the norm of attention for the MLP": ("self.mlp_norm(", "self.attn_norm("),
        },
    ),
    "sublayer forgotten": Kind(
        SUBLAYER_FORGOTTEN,
        {
            "MLP forgotten": (SECOND, "pass"),
            "attention forgotten": ("else add_to_last(sums, y)", "else sums"),
        },
    ),
    "all sums returned at the end": Kind(
        "You return all sums in the last layer too, where `leave` reads them once more. The head reads one vector for each "
        "token.",
        {
            "all sums returned at the end": ("return self.leave(sums)", "return sums"),
            "the last sum returned": (
                "return self.leave(sums)",
                "return sums if sums.shape[-2] < 3 else sums[..., -1, :]",
            ),
        },
    ),
    "empty context": Kind(
        EMPTY_CONTEXT, {"an empty context handed on": (", context)", ", Context(context.position))")}
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND, {"context without its cache": (", context)", ", context._replace(cache=None))")}
    ),
}
