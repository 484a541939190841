"""What people write for norms.rms_norm, and why it matters."""

from scripts.course.norms.explanations import EPS_HARD_CODED, EPS_OF_DTYPE, LAYER_FOR_RMS
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, OTHER_DTYPE, TOO_NARROW

MISTAKES = {
    "eps not under the root": Kind(
        "You bring eps in at another place than inside the root, next to the mean square. There it decides at which "
        "size vectors begin to shrink, and keeps the gradient at zero finite; elsewhere small vectors come out "
        "with another length.",
        {
            "eps outside the root": ("torch.rsqrt(mean_square + eps)", "1 / (torch.sqrt(mean_square) + eps)"),
            "eps added to the result": ("torch.rsqrt(mean_square + eps)", "(torch.rsqrt(mean_square) + eps)"),
            "eps inside the mean": (
                "wide.pow(2).mean(dim=-1, keepdim=True)",
                "(wide + eps).pow(2).mean(dim=-1, keepdim=True)",
            ),
        },
    ),
    "eps of the dtype": Kind(
        EPS_OF_DTYPE,
        {
            "the machine epsilon of the dtype": ("mean_square + eps)", "mean_square + torch.finfo(x.dtype).eps)"),
            "F.rms_norm without eps": (
                "(wide * torch.rsqrt(mean_square + eps)).to(x.dtype)",
                "torch.nn.functional.rms_norm(x, (x.size(-1),))",
            ),
        },
    ),
    "eps of another size": Kind(
        "The eps that your code adds is not the one that is passed in: it is squared first. With inputs of "
        "ordinary size this does not show; with small ones the result differs.",
        {"eps squared": ("mean_square + eps)", "mean_square + eps**2)")},
    ),
    "eps as a lower bound": Kind(
        "You let eps act as a floor, below which nothing falls, instead of adding it. Vectors near that size "
        "get another length then, and at the floor the gradient has a kink.",
        {
            "eps as a lower bound": ("mean_square + eps)", "mean_square.clamp(min=eps))"),
            "eps as a lower bound of the root": (
                "torch.rsqrt(mean_square + eps)",
                "1 / torch.sqrt(mean_square).clamp(min=eps)",
            ),
            "F.normalize times the root of C": (
                "wide * torch.rsqrt(mean_square + eps)",
                "torch.nn.functional.normalize(wide, dim=-1, eps=eps) * x.size(-1) ** 0.5",
            ),
        },
    ),
    "eps forgotten": Kind(
        "Your code divides without eps. A vector of zeros then becomes not-a-number, and a single one of those "
        "spreads through the whole model.",
        {"eps forgotten": ("mean_square + eps)", "mean_square)")},
    ),
    "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded to 1e-5": ("mean_square + eps)", "mean_square + 1e-5)")}),
    "another average": Kind(
        "You divide by another average than the root of the mean square. The vectors come out with another "
        "length, and layers behind them would see a size that depends on the width of the model.",
        {
            "sum of squares, not their mean": (".mean(dim=-1", ".sum(dim=-1"),
            "mean of the sizes, not of the squares": (
                "wide.pow(2).mean(dim=-1, keepdim=True)",
                "wide.abs().mean(dim=-1, keepdim=True).pow(2)",
            ),
            "largest, not mean, square": (".mean(dim=-1, keepdim=True)", ".amax(dim=-1, keepdim=True)"),
            "unbiased: divided by C - 1": (
                ".mean(dim=-1, keepdim=True)",
                ".sum(dim=-1, keepdim=True) / (x.size(-1) - 1)",
            ),
        },
    ),
    "another axis": Kind(
        "You average over another axis than the last, C, along which the elements of one vector lie. A token's "
        "result then depends on other tokens, later ones among them.",
        {
            "mean over all axes": (".mean(dim=-1, keepdim=True)", ".mean()"),
            "mean over the first axis": ("dim=-1", "dim=0"),
            "mean over the axis before the last": ("dim=-1", "dim=-2"),
            "mean over the last two axes": ("dim=-1", "dim=(-2, -1)"),
            "mean over axis 2": ("dim=-1", "dim=2"),
        },
    ),
    "axis lost": Kind(
        "Your mean drops the last axis, C, over which it is taken: it is (B, T), and (B, T, 1) is needed. It then "
        "broadcasts along another axis of the input, or along none.",
        {"axis lost": ("dim=-1, keepdim=True", "dim=-1")},
    ),
    "a mean subtracted": Kind(
        LAYER_FOR_RMS,
        {
            "variance: the mean subtracted first": (
                "wide.pow(2).mean(dim=-1, keepdim=True)",
                "wide.var(dim=-1, keepdim=True, correction=0)",
            ),
            "layer norm": ("wide = x.to(", "wide = (x - x.mean(dim=-1, keepdim=True)).to("),
        },
    ),
    "not divided by the root": Kind(
        "What you multiply by is not one over the root of the mean square. Large vectors have to get smaller "
        "and small ones larger, both to the same length.",
        {
            "no root": ("torch.rsqrt(mean_square + eps)", "1 / (mean_square + eps)"),
            "multiplied instead of divided": ("torch.rsqrt(", "torch.sqrt("),
        },
    ),
    "too narrow": Kind(
        TOO_NARROW,
        {
            "rounded to three digits": (".to(x.dtype)", ".mul(1000).round().div(1000).to(x.dtype)"),
        },
    ),
    "another dtype": Kind(OTHER_DTYPE, {"always float16": (".to(x.dtype)", ".half()")}),
    "gradient cut": Kind(
        GRADIENT_CUT, {"gradient cut at the mean square": ("keepdim=True)", "keepdim=True).detach()")}
    ),
}
