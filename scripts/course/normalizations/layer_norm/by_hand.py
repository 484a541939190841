"""What people write who compute a layer norm in each class by hand, instead of calling `layer_norm`."""

from scripts.course.norms.explanations import EPS_OF_DTYPE, EPS_OUTSIDE, UNBIASED
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import TOO_NARROW

BY_HAND = {
    "too narrow": Kind(
        TOO_NARROW,
        {
            "all in the dtype of x, by the mean of squares": (
                "layer_norm(x, self.eps)",
                "(x - x.mean(-1, keepdim=True)) / "
                "torch.sqrt(((x - x.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True) + self.eps)",
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
                "layer_norm(x, 0.0).div(1 + self.eps / x.to(torch.promote_types(x.dtype, torch.float32))"
                ".std(-1, correction=0, keepdim=True)).to(x.dtype)",
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
