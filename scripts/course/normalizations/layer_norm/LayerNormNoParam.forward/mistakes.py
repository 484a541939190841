"""What people write for normalizations.layer_norm.LayerNormNoParam.forward, and why it matters."""

from scripts.course.normalizations.layer_norm.by_hand import BY_HAND
from scripts.course.norms.explanations import EPS_HARD_CODED, RMS_FOR_LAYER
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "RMS norm": Kind(
        RMS_FOR_LAYER, {"RMS norm": ("layer_norm(x, self.eps)", "F.rms_norm(x, x.shape[-1:], eps=self.eps)")}
    ),
    "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
    "norm forgotten": Kind(
        "The input comes back as it was. This norm has nothing to learn, but it still has to be computed.",
        {"norm forgotten": ("layer_norm(x, self.eps)", "x")},
    ),
    "over all tokens at once": Kind(
        "You norm all tokens together, as if they were one long vector. Every token is normed by itself; otherwise a "
        "later one changes the vector of an earlier one.",
        {
            "over all tokens at once": ("layer_norm(x, self.eps)", "layer_norm(x.flatten(), self.eps).view_as(x)"),
            "over the tokens of a sequence": ("layer_norm(x, self.eps)", "F.layer_norm(x, x.shape[-2:], eps=self.eps)"),
        },
    ),
    **BY_HAND,
}
