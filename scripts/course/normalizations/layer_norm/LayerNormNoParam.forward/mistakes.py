"""What people write for normalizations.layer_norm.LayerNormNoParam.forward, and why it matters."""

from scripts.course.norms.explanations import EPS_HARD_CODED, EPS_OF_DTYPE, EPS_OUTSIDE, RMS_FOR_LAYER, UNBIASED
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import TOO_NARROW

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
        {"over all tokens at once": ("layer_norm(x, self.eps)", "layer_norm(x.flatten(), self.eps).view_as(x)")},
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
