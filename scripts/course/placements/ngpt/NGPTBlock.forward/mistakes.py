"""What people write for placements.ngpt.NGPTBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import CACHE_LEFT_BEHIND, EMPTY_CONTEXT, NORMS_SWAPPED
from scripts.workshop.diagnose import Kind

ATTN = "x = self.attn_norm(x + self.attn_rate().abs() * (towards - x))"
MLP = "return self.mlp_norm(x + self.mlp_rate().abs() * (towards - x))"

MISTAKES = {
    "the output not normed": Kind(
        "You go towards a sublayer's output as it is. It can be of any length: only once it is normed is it a point of the "
        "sphere.",
        {
            "attention's": ("towards = self.attn_norm(self.attn(x, context))", "towards = self.attn(x, context)"),
            "the MLP's": ("towards = self.mlp_norm(self.mlp(x))", "towards = self.mlp(x)"),
        },
    ),
    "left beside the sphere": Kind(
        "You do not norm the stream after the step. A way that is straight leaves the sphere, and the stream grows shorter "
        "with every layer.",
        {
            "behind attention": (ATTN, "x = x + self.attn_rate().abs() * (towards - x)"),
            "behind the MLP": (MLP, "return x + self.mlp_rate().abs() * (towards - x)"),
        },
    ),
    "sign of the rate": Kind(
        "Your rate has a sign. A channel whose rate has become negative would be pushed away from what the sublayer "
        "answers, and its absolute value is meant.",
        {
            "of attention": ("self.attn_rate().abs()", "self.attn_rate()"),
            "of the MLP": ("self.mlp_rate().abs()", "self.mlp_rate()"),
        },
    ),
    "added as it is": Kind(
        "You add the sublayer's answer and leave the stream as it was. Going towards it means that as much of the stream "
        "goes as comes in: towards - x.",
        {
            "attention's": (ATTN, ATTN.replace("(towards - x)", "towards")),
            "the MLP's": (MLP, MLP.replace("(towards - x)", "towards")),
        },
    ),
    "the wrong end of the way": Kind(
        "You begin at the sublayer's answer and go back to the stream. With a rate of a twentieth, nearly all of the stream "
        "is lost in each sublayer.",
        {
            "of attention's": (ATTN, "x = self.attn_norm(towards + self.attn_rate().abs() * (x - towards))"),
            "of the MLP's": (MLP, "return self.mlp_norm(towards + self.mlp_rate().abs() * (x - towards))"),
        },
    ),
    "away from it": Kind(
        "You go away from what the sublayer answers. The difference is towards - x.",
        {
            "from attention's": (ATTN, ATTN.replace("towards - x", "x - towards")),
            "from the MLP's": (MLP, MLP.replace("towards - x", "x - towards")),
        },
    ),
    "rate without effect": Kind(
        "A rate of yours is missing. The stream is then replaced by what the sublayer answers.",
        {
            "of attention": ("self.attn_rate().abs() * (towards - x)", "(towards - x)"),
            "of the MLP": ("self.mlp_rate().abs() * (towards - x)", "(towards - x)"),
        },
    ),
    "rates exchanged": Kind(
        "You use one sublayer's rate for the other. Each has learned its own.",
        {
            "attention by that of the MLP": ("self.attn_rate().abs()", "self.mlp_rate().abs()"),
            "the MLP by that of attention": ("self.mlp_rate().abs()", "self.attn_rate().abs()"),
        },
    ),
    "the rate as it is stored": Kind(
        "You use the rate's weight. What is stored has another size, so that a step of the optimizer changes it by more: "
        "calling the module returns the factor.",
        {
            "of attention": ("self.attn_rate().abs()", "self.attn_rate.weight.abs()"),
            "of the MLP": ("self.mlp_rate().abs()", "self.mlp_rate.weight.abs()"),
        },
    ),
    "pre-norm": Kind(
        "You norm what a sublayer reads. The stream is on the sphere already, and the norms stand behind the sublayers.",
        {
            "what attention reads": ("self.attn(x, context)", "self.attn(self.attn_norm(x), context)"),
            "what the MLP reads": ("self.mlp(x)", "self.mlp(self.mlp_norm(x))"),
        },
    ),
    "norms swapped": Kind(
        NORMS_SWAPPED,
        {
            "the MLP's norm for attention": ("towards = self.attn_norm(", "towards = self.mlp_norm("),
            "the MLP's norm behind attention": ("x = self.attn_norm(x +", "x = self.mlp_norm(x +"),
            "attention's norm for the MLP": ("towards = self.mlp_norm(", "towards = self.attn_norm("),
            "attention's norm behind the MLP": ("return self.mlp_norm(x +", "return self.attn_norm(x +"),
        },
    ),
    "the MLP forgotten": Kind(
        "Your block ends behind attention. The MLP is the other half of it.",
        {"the MLP forgotten": (MLP, "return x")},
    ),
    "empty context": Kind(
        EMPTY_CONTEXT, {"an empty context handed on": (", context)", ", Context(context.position))")}
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND, {"context without its cache": (", context)", ", context._replace(cache=None))")}
    ),
}
