"""What people write for placements.scaled.ScaledBlock.forward, and why it matters."""

from scripts.course.placements.scaled.explanations import MLP_SCALED_TOO, SCALE_FORGOTTEN, SCALE_ON_STREAM
from scripts.course.placements.scaled.unscaled import with_scale
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **with_scale("blocks.Block"),
    "attn_scale forgotten": Kind(SCALE_FORGOTTEN, {"attn_scale forgotten": ("self.attn_scale * ", "")}),
    "MLP scaled too": Kind(
        MLP_SCALED_TOO,
        {
            "attn_scale on the MLP too": ("return x + self.mlp(", "return x + self.attn_scale * self.mlp("),
            "MLP scaled too, by a half": ("return x + self.mlp(", "return x + 0.5 * self.mlp("),
        },
    ),
    "attn_scale on the stream": Kind(
        SCALE_ON_STREAM,
        {
            "attn_scale on the residual": ("x + self.attn_scale * self.attn(", "self.attn_scale * x + self.attn("),
            "attn_scale on the sum": (
                "x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn_scale * (x + self.attn(self.attn_norm(x), context))",
            ),
            "attn_scale on both sums": (
                "x = x + self.attn_scale * self.attn(self.attn_norm(x), context)",
                (
                    "x = self.attn_scale * (x + self.attn(self.attn_norm(x), context))\n"
                    "        return self.attn_scale * (x + self.mlp(self.mlp_norm(x)))"
                ),
            ),
        },
    ),
    "attn_scale on what attention reads": Kind(
        "You scale what attention reads, not what it adds. Where queries and keys are not normed, they get "
        "smaller as well and the scores nearly all alike; biases are not scaled at all.",
        {
            "attn_scale on what attention reads": (
                "self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn(self.attn_scale * self.attn_norm(x), context)",
            )
        },
    ),
    "divided by attn_scale": Kind(
        "You divide by the scale, which makes what attention adds larger. It is there to keep the sum over "
        "many layers from growing; the other way round, attention dominates the stream of a deep model.",
        {
            "divided by attn_scale": (
                "self.attn_scale * self.attn(self.attn_norm(x), context)",
                "self.attn(self.attn_norm(x), context) / self.attn_scale",
            )
        },
    ),
}
