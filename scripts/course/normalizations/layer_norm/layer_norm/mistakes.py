"""What people write for normalizations.layer_norm.layer_norm, and why it matters."""

from scripts.course.norms.explanations import EPS_HARD_CODED, EPS_OF_DTYPE, EPS_OUTSIDE, RMS_FOR_LAYER, UNBIASED
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE, TOO_NARROW

MISTAKES = {
    "mean not subtracted": Kind(
        RMS_FOR_LAYER, {"mean not subtracted": ("wide - wide.mean(dim=-1, keepdim=True)", "wide")}
    ),
    "another axis": Kind(
        "You take the mean over another axis than the last, C, along which the elements of one vector lie. A token's "
        "result then depends on other tokens, later ones among them.",
        {
            "mean over the wrong axis": ("wide.mean(dim=-1, keepdim=True)", "wide.mean(dim=0, keepdim=True)"),
            "mean over everything": ("wide.mean(dim=-1, keepdim=True)", "wide.mean()"),
        },
    ),
    "unbiased variance": Kind(
        UNBIASED,
        {
            "unbiased variance": ("centred.pow(2).mean(dim=-1, keepdim=True)", "wide.var(dim=-1, keepdim=True)"),
            "divided by std plus eps": (
                "centred * torch.rsqrt(variance + eps)",
                "centred / (wide.std(dim=-1, keepdim=True) + eps)",
            ),
        },
    ),
    "mean square for the variance": Kind(
        "You divide by the size that the vector had before its mean was subtracted. A vector far from zero "
        "then comes out much too small.",
        {"mean square for the variance": ("centred.pow(2)", "wide.pow(2)")},
    ),
    "eps not added to the variance": Kind(
        EPS_OUTSIDE,
        {
            "eps outside the root": ("torch.rsqrt(variance + eps)", "1 / (variance.sqrt() + eps)"),
            "eps forgotten": ("variance + eps", "variance"),
            "eps subtracted": ("variance + eps", "variance - eps"),
        },
    ),
    "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("variance + eps", "variance + 1e-5")}),
    "not divided by the deviation": Kind(
        "What you multiply by is not one over the root of the variance. Large vectors have to get smaller and "
        "small ones larger, both to the same length.",
        {
            "divided by the variance": ("torch.rsqrt(variance + eps)", "1 / (variance + eps)"),
            "multiplied by the deviation": ("torch.rsqrt(variance + eps)", "torch.sqrt(variance + eps)"),
        },
    ),
    "changed in place": Kind(
        IN_PLACE,
        {"input changed in place": ("centred = wide - wide.mean", "centred = wide.data; wide.data -= wide.mean")},
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient cut at the variance": ("centred.pow(2)", "centred.detach().pow(2)")}),
    "mean of squares less squared mean": Kind(
        "You take the variance as the mean of the squares less the square of the mean. On paper it is the same, but "
        "far from zero two large and nearly equal values are subtracted, and few digits of the small difference are "
        "left.",
        {
            "mean of squares less squared mean": (
                "centred.pow(2).mean(dim=-1, keepdim=True)",
                "wide.pow(2).mean(dim=-1, keepdim=True) - wide.mean(dim=-1, keepdim=True).pow(2)",
            )
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE,
        {"the machine epsilon of the dtype": ("variance + eps", "variance + torch.finfo(x.dtype).eps")},
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "centred in the dtype of x": (
                "wide - wide.mean(dim=-1, keepdim=True)",
                "(x - x.mean(dim=-1, keepdim=True)).to(wide.dtype)",
            ),
        },
    ),
}
