"""What people write for normalizations.layer_norm.LayerNorm.forward, and why it matters."""

from scripts.course.norms.explanations import (
    BIAS_FORGOTTEN,
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
    "bias forgotten": Kind(BIAS_FORGOTTEN, {"bias forgotten": ("self.bias", "None")}),
    "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": ("self.weight, self.bias", "None, self.bias")}),
    "weight and bias swapped": Kind(
        "Weight and bias stand in each other's place: the bias scales and the weight shifts. With a bias of zeros, as at "
        "first, every channel comes out as its weight, whatever the input is.",
        {"weight and bias swapped": ("self.weight, self.bias", "self.bias, self.weight")},
    ),
    "bias before the weight": Kind(
        "You add the bias first, so that the weight scales it too. The two are independent: one sets a channel's "
        "size, the other its centre.",
        {
            "bias before the weight": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "(layer_norm(x, self.eps) + self.bias) * self.weight",
            )
        },
    ),
    "RMS norm": Kind(
        RMS_FOR_LAYER,
        {
            "RMS norm": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "F.rms_norm(x, self.weight.shape, self.weight, self.eps) + self.bias",
            )
        },
    ),
    "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
    "weight on the input": Kind(
        WEIGHT_ON_INPUT,
        {
            "weight on the input": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "layer_norm(x * self.weight, self.eps) + self.bias",
            )
        },
    ),
    "norm forgotten": Kind(
        "You scale and shift the input as it is, without norming it first. Its size is then whatever the "
        "layers before it have made of it.",
        {
            "norm forgotten": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "x * self.weight + self.bias",
            )
        },
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "all in the dtype of x, by the mean of squares": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "(x - x.mean(-1, keepdim=True)) / torch.sqrt(((x - x.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True) + self.eps) * self.weight + self.bias",
            ),
            "all in the dtype of x": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                (
                    "(x - x.mean(-1, keepdim=True)) * torch.rsqrt("
                    "x.var(-1, correction=0, keepdim=True) + self.eps) * self.weight + self.bias"
                ),
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
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "((x - x.mean(-1, keepdim=True)) / (x.std(-1, correction=0, keepdim=True) + self.eps)) * self.weight + self.bias",
            ),
            "eps outside the root": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "layer_norm(x, 0.0).div(1 + self.eps / x.to(torch.promote_types(x.dtype, torch.float32)).std(-1, correction=0, keepdim=True)).to(x.dtype) * self.weight + self.bias",
            ),
        },
    ),
    "unbiased deviation": Kind(
        UNBIASED,
        {
            "divided by std plus eps, all in the dtype of x": (
                "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)",
                "((x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + self.eps)) * self.weight + self.bias",
            ),
        },
    ),
}
