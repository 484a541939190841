"""What people write for normalizations.layer_norm.LayerNormNoBias.forward, and why it matters."""

from scripts.course.norms.explanations import (
    EPS_HARD_CODED,
    EPS_OF_DTYPE,
    EPS_OUTSIDE,
    RMS_FOR_LAYER,
    UNBIASED,
    WEIGHT_FORGOTTEN,
    WEIGHT_ON_INPUT,
)
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import TOO_NARROW

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
    "too narrow": Kind(
        TOO_NARROW,
        {
            "all in the dtype of x, by the mean of squares": (
                "layer_norm(x, self.eps)",
                "(x - x.mean(-1, keepdim=True)) / torch.sqrt(((x - x.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True) + self.eps)",
            ),
            "all in the dtype of x": (
                "layer_norm(x, self.eps)",
                ("(x - x.mean(-1, keepdim=True)) * torch.rsqrt(x.var(-1, correction=0, keepdim=True) + self.eps)"),
            ),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE, {"the machine epsilon of the dtype": ("self.eps", "torch.finfo(x.dtype).eps")}
    ),
    "eps outside the root": Kind(
        EPS_OUTSIDE,
        {
            "eps outside the root, all in the dtype of x": (
                "layer_norm(x, self.eps)",
                "(x - x.mean(-1, keepdim=True)) / (x.std(-1, correction=0, keepdim=True) + self.eps)",
            ),
            "eps outside the root": (
                "layer_norm(x, self.eps)",
                "layer_norm(x, 0.0).div(1 + self.eps / x.to(torch.promote_types(x.dtype, torch.float32)).std(-1, correction=0, keepdim=True)).to(x.dtype)",
            ),
        },
    ),
    "unbiased deviation": Kind(
        UNBIASED,
        {
            "divided by std plus eps, all in the dtype of x": (
                "layer_norm(x, self.eps)",
                "(x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + self.eps)",
            ),
        },
    ),
}
