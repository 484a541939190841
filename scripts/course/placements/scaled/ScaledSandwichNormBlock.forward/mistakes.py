"""What people write for placements.scaled.ScaledSandwichNormBlock.forward, and why it matters."""

from scripts.course.placements.scaled.explanations import MLP_SCALED_TOO, SCALE_WITHOUT_EFFECT
from scripts.course.placements.scaled.unscaled import with_scale
from scripts.workshop.diagnose import Kind

MISTAKES = {
    **with_scale("placements.sandwich.SandwichNormBlock"),
    "attn_scale without effect": Kind(
        SCALE_WITHOUT_EFFECT,
        {
            "attn_scale inside the outer norm": (
                "self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))",
                "self.attn_out_norm(self.attn_scale * self.attn(self.attn_norm(x), context))",
            ),
            "attn_scale forgotten": ("self.attn_scale * ", ""),
        },
    ),
    "MLP scaled too": Kind(
        MLP_SCALED_TOO,
        {
            "attn_scale on the MLP too": (
                "return x + self.mlp_out_norm(",
                "return x + self.attn_scale * self.mlp_out_norm(",
            )
        },
    ),
}
