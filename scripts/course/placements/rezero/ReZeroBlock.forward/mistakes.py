"""What people write for placements.rezero.ReZeroBlock.forward, and why it matters."""

from scripts.course.blocks.sublayers import sublayer_mistakes
from scripts.workshop.diagnose import Kind

FIRST = "x = x + self.attn_alpha * self.attn(x, context)"

MISTAKES = {
    **sublayer_mistakes(FIRST, "return x + self.mlp_alpha * self.mlp(x)"),
    "alpha forgotten": Kind(
        "What a sublayer adds is not multiplied by its alpha. From the first step on it is added at full size, without a "
        "norm that would hold it in check.",
        {
            "alpha of attention forgotten": ("self.attn_alpha * ", ""),
            "alpha of the MLP forgotten": ("self.mlp_alpha * ", ""),
            "both forgotten": (FIRST, "x = x + self.attn(x, context)\n        return x + self.mlp(x)"),
        },
    ),
    "one alpha for both": Kind(
        "You use one alpha for both sublayers. Here each has its own, and the one that is unused gets no gradient.",
        {
            "that of attention": ("self.mlp_alpha * ", "self.attn_alpha * "),
            "that of the MLP": ("self.attn_alpha * ", "self.mlp_alpha * "),
        },
    ),
    "alphas exchanged": Kind(
        "The two alphas have changed places. At first both are zero and nothing shows; what they have learned then acts "
        "on the other sublayer.",
        {
            "alphas exchanged": (
                FIRST,
                "x = x + self.mlp_alpha * self.attn(x, context)\n        return x + self.attn_alpha * self.mlp(x)",
            )
        },
    ),
    "alpha on what is read": Kind(
        "You multiply what a sublayer reads by alpha, and not what it adds. With alpha at zero it reads zeros, and where "
        "it has biases it still adds something.",
        {
            "alpha on what attention reads": (
                "self.attn_alpha * self.attn(x, context)",
                "self.attn(self.attn_alpha * x, context)",
            ),
            "alpha on what the MLP reads": ("self.mlp_alpha * self.mlp(x)", "self.mlp(self.mlp_alpha * x)"),
        },
    ),
    "alpha on the stream": Kind(
        "Your alpha multiplies the stream. At zero it wipes out all that came before, and with it every gradient to the "
        "layers below.",
        {
            "alpha on the stream, first": (
                "x = x + self.attn_alpha * self.attn(",
                "x = self.attn_alpha * x + self.attn(",
            ),
            "alpha on the stream, then": (
                "return x + self.mlp_alpha * self.mlp(",
                "return self.mlp_alpha * x + self.mlp(",
            ),
            "alpha on the sum": (
                "return x + self.mlp_alpha * self.mlp(x)",
                "return self.mlp_alpha * (x + self.mlp(x))",
            ),
        },
    ),
    "a gate of two": Kind(
        "You mix the stream and what is added, so that one rises as the other falls. Here the stream always counts fully: "
        "that is what lets it through a thousand layers.",
        {
            "a gate for attention": (
                "x = x + self.attn_alpha * self.attn(",
                "x = (1 - self.attn_alpha) * x + self.attn_alpha * self.attn(",
            ),
            "a gate for the MLP": (
                "return x + self.mlp_alpha * self.mlp(",
                "return (1 - self.mlp_alpha) * x + self.mlp_alpha * self.mlp(",
            ),
        },
    ),
}
