"""What people write for normalizations.layer_norm.LayerNormNoBias.forward, and why it matters."""

from scripts.course.normalizations.layer_norm.by_hand import BY_HAND
from scripts.course.norms.explanations import EPS_HARD_CODED, RMS_FOR_LAYER, WEIGHT_FORGOTTEN, WEIGHT_ON_INPUT
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
    "RMS norm": Kind(
        RMS_FOR_LAYER, {"RMS norm": ("layer_norm(x, self.eps)", "F.rms_norm(x, x.shape[-1:], eps=self.eps)")}
    ),
    "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
    "weight on the input": Kind(
        WEIGHT_ON_INPUT,
        {"weight on the input": ("layer_norm(x, self.eps) * self.weight", "layer_norm(x * self.weight, self.eps)")},
    ),
    "one plus the weight": Kind(
        "You multiply by one plus the weight, as Gemma's RMS norm does. Here the weight starts at one and is "
        "the factor itself, so that your result is twice as large.",
        {"one plus the weight": ("* self.weight", "* (1 + self.weight)")},
    ),
    **BY_HAND,
}
