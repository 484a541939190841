"""What people write for placements.layerscale.LayerScaleBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import NOT_NORMED_FIRST, STREAM_NORMED
from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

FIRST = "x = x + self.attn_gamma * self.attn(self.attn_norm(x), context)"
SECOND = "return x + self.mlp_gamma * self.mlp(self.mlp_norm(x))"

MISTAKES = {
    **sublayer_mistakes(FIRST, SECOND),
    "factors forgotten": Kind(
        "What a sublayer adds is not multiplied by its factors. That is plain pre-norm, and they get no gradient.",
        {
            "those of attention forgotten": ("self.attn_gamma * ", ""),
            "those of the MLP forgotten": ("self.mlp_gamma * ", ""),
            "both forgotten": (
                FIRST,
                "x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))",
            ),
        },
    ),
    "one for both": Kind(
        "You use the same factors for both sublayers. Each has its own, and those that are unused get no gradient.",
        {
            "those of attention": ("self.mlp_gamma * ", "self.attn_gamma * "),
            "those of the MLP": ("self.attn_gamma * ", "self.mlp_gamma * "),
        },
    ),
    "factors exchanged": Kind(
        "The factors of the two sublayers have changed places. At first all are equal and nothing shows; what they have "
        "learned then acts on the other sublayer.",
        {
            "factors exchanged": (
                FIRST,
                "x = x + self.mlp_gamma * self.attn(self.attn_norm(x), context)\n"
                "        return x + self.attn_gamma * self.mlp(self.mlp_norm(x))",
            )
        },
    ),
    "one factor for all channels": Kind(
        "You take the mean of the factors, one for all channels. That is a residual weight; here every channel has its own.",
        {
            "one factor for attention": ("self.attn_gamma * ", "self.attn_gamma.mean() * "),
            "one factor for the MLP": ("self.mlp_gamma * ", "self.mlp_gamma.mean() * "),
        },
    ),
    "factors on what is read": Kind(
        "You multiply what a sublayer reads by the factors, which is what a norm's weight does already. They belong on what "
        "it adds, where they decide how much of it joins the stream.",
        {
            "on what attention reads": (
                "self.attn_gamma * self.attn(self.attn_norm(x), context)",
                "self.attn(self.attn_gamma * self.attn_norm(x), context)",
            ),
            "on what the MLP reads": (
                "self.mlp_gamma * self.mlp(self.mlp_norm(x))",
                "self.mlp(self.mlp_gamma * self.mlp_norm(x))",
            ),
        },
    ),
    "factors on the stream": Kind(
        "Your factors multiply the stream. They are small at first, and in every layer all that came before shrinks with "
        "them.",
        {
            "on the stream, first": ("x = x + self.attn_gamma * self.attn(", "x = self.attn_gamma * x + self.attn("),
            "on the stream, then": ("return x + self.mlp_gamma * self.mlp(", "return self.mlp_gamma * x + self.mlp("),
            "on the sum": (SECOND, "return self.mlp_gamma * (x + self.mlp(self.mlp_norm(x)))"),
        },
    ),
    "norm forgotten": Kind(
        NOT_NORMED_FIRST,
        {
            "norm of attention forgotten": ("self.attn_norm(x)", "x"),
            "norm of the MLP forgotten": ("self.mlp_norm(x)", "x"),
        },
    ),
    "stream normed": Kind(
        STREAM_NORMED,
        {
            "stream normed before attention": (
                FIRST,
                "x = self.attn_norm(x)\n        x = x + self.attn_gamma * self.attn(x, context)",
            ),
            "stream normed before the MLP": (
                SECOND,
                "x = self.mlp_norm(x)\n        return x + self.mlp_gamma * self.mlp(x)",
            ),
        },
    ),
}
