"""What people write for placements.mixer.MixerBlock.forward, and why it matters."""

from scripts.course.blocks.explanations import CACHE_LEFT_BEHIND
from scripts.workshop.diagnose import Kind

SUM = "return x + self.attn(self.attn_norm(x), context)"

MISTAKES = {
    "no residual": Kind(
        "You return what the mixer gives without the stream. All that earlier blocks have added is lost there.",
        {"no residual": (SUM, "return self.attn(self.attn_norm(x), context)")},
    ),
    "no norm": Kind(
        "You let the mixer read the stream as it is. The stream grows with every block, and with it what the mixer gives.",
        {"no norm": (SUM, "return x + self.attn(x, context)")},
    ),
    "the norm elsewhere": Kind(
        "You norm something else than what the mixer reads. The stream itself passes a block unscaled, and what is added to it "
        "as the mixer gives it.",
        {
            "what the mixer gives": (SUM, "return x + self.attn_norm(self.attn(x, context))"),
            "the sum": (SUM, "return self.attn_norm(x + self.attn(x, context))"),
            "the stream too": (SUM, "x = self.attn_norm(x)\n        return x + self.attn(x, context)"),
        },
    ),
    "cache left behind": Kind(
        CACHE_LEFT_BEHIND,
        {"context without its cache": ("context)", "context._replace(cache=None))")},
    ),
    "a feed-forward": Kind(
        "You call the feed-forward of the ordinary block, which this block does not have. Its mixer is its only sublayer.",
        {
            "a feed-forward": (
                SUM,
                "x = x + self.attn(self.attn_norm(x), context)\n        return x + self.mlp(self.mlp_norm(x))",
            )
        },
    ),
}
