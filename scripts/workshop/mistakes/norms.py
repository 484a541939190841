"""Mistakes in norms.py."""

from . import Kind
from .common import GRADIENT_CUT, HARD_CODED, IN_PLACE, NOTHING_RETURNED, OTHER_DTYPE, TOO_NARROW

EPS_HARD_CODED = (
    "You use an eps of your own instead of the one that is handed in. With inputs of ordinary size nobody notices; "
    "with small ones the result is another, and public models differ in exactly this number."
)
WEIGHT_FORGOTTEN = (
    "The learned weight plays no part in your result. Every channel then keeps the size that the norm gives it, and "
    "the weight gets no gradient to learn from."
)
BIAS_FORGOTTEN = (
    "The learned bias plays no part in your result. The channels stay centred on zero, wherever the model would like "
    "to have them."
)
WEIGHT_ON_INPUT = (
    "You apply the weight before the norm, which then divides most of it away again. It has to act on what the norm "
    "gives, where it can set the size of each channel."
)
RMS_FOR_LAYER = (
    "Your result is that of RMS norm: no mean is subtracted. Layer norm moves every vector to a mean of zero first, "
    "and only then fixes its size."
)
LAYER_FOR_RMS = (
    "Your result is that of layer norm: the mean is subtracted first. RMS norm leaves the mean where it is, which is "
    "what makes it the cheaper one of the two."
)

FUSED = "F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)"

MISTAKES = {
    "norms.rms_norm": {
        "eps not under the root": Kind(
            "You bring eps in at another place than inside the root, next to the mean square. Only there does it leave "
            "ordinary vectors alone and make small ones shrink smoothly to zero.",
            {
                "eps outside the root": ("torch.rsqrt(mean_square + eps)", "1 / (torch.sqrt(mean_square) + eps)"),
                "eps added to the result": ("torch.rsqrt(mean_square + eps)", "(torch.rsqrt(mean_square) + eps)"),
                "eps inside the mean": (
                    "wide.pow(2).mean(dim=-1, keepdim=True)",
                    "(wide + eps).pow(2).mean(dim=-1, keepdim=True)",
                ),
            },
        ),
        "eps of another size": Kind(
            "The eps that your code adds is not the one that was asked for: it is squared on its way. With inputs of "
            "ordinary size nobody notices; with small ones the result is another.",
            {"eps squared": ("mean_square + eps)", "mean_square + eps**2)")},
        ),
        "eps as a lower bound": Kind(
            "You let eps act as a floor, below which nothing falls, instead of adding it. Vectors near that size get "
            "another length then, and at the floor the gradient has a kink.",
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
        "eps hard-coded": Kind(
            EPS_HARD_CODED,
            {
                "eps hard-coded to 1e-6": ("mean_square + eps)", "mean_square + 1e-6)"),
                "eps hard-coded to 1e-5": ("mean_square + eps)", "mean_square + 1e-5)"),
            },
        ),
        "another average": Kind(
            "You divide by another average than the root of the mean square. The vectors come out with another length, "
            "and layers behind them would see a size that depends on the width of the model.",
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
            "You average over other numbers than those of one vector, which lie along the last axis. A token's result "
            "then depends on other tokens, those that come after it among them.",
            {
                "mean over all axes": (".mean(dim=-1, keepdim=True)", ".mean()"),
                "mean over the first axis": ("dim=-1", "dim=0"),
                "mean over the axis before the last": ("dim=-1", "dim=-2"),
                "mean over the last two axes": ("dim=-1", "dim=(-2, -1)"),
                "mean over axis 2": ("dim=-1", "dim=2"),
            },
        ),
        "axis lost": Kind(
            "Your mean drops the axis that it was taken over. What is left is lined up with another axis of the input, "
            "or with none.",
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
            "What you multiply by is not one over the root of the mean square. Large vectors have to get smaller and "
            "small ones larger, both to the same length.",
            {
                "no root": ("torch.rsqrt(mean_square + eps)", "1 / (mean_square + eps)"),
                "multiplied instead of divided": ("torch.rsqrt(", "torch.sqrt("),
            },
        ),
        "too narrow": Kind(
            TOO_NARROW,
            {
                "not widened": ("wide = x.to(torch.promote_types(x.dtype, torch.float32))", "wide = x"),
                "squared before it is widened": ("wide.pow(2).mean", "x.pow(2).to(wide.dtype).mean"),
                "rounded to three digits": (".to(x.dtype)", ".mul(1000).round().div(1000).to(x.dtype)"),
            },
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "not narrowed again": (".to(x.dtype)", ""),
                "always float16": (".to(x.dtype)", ".half()"),
            },
        ),
        "changed in place": Kind(
            IN_PLACE,
            {
                "input scaled in place": (
                    "(wide * torch.rsqrt(mean_square + eps))",
                    "wide.mul_(torch.rsqrt(mean_square + eps))",
                )
            },
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {
                "gradient cut at the mean square": ("keepdim=True)", "keepdim=True).detach()"),
                "no gradient at all": ("wide = x.to(", "wide = x.detach().to("),
            },
        ),
    },
    "norms.layer_norm": {
        "mean not subtracted": Kind(
            RMS_FOR_LAYER, {"mean not subtracted": ("wide - wide.mean(dim=-1, keepdim=True)", "wide")}
        ),
        "another axis": Kind(
            "You take the mean over other numbers than those of one vector, which lie along the last axis. A token's "
            "result then depends on other tokens, those that come after it among them.",
            {
                "mean over the wrong axis": ("wide.mean(dim=-1, keepdim=True)", "wide.mean(dim=0, keepdim=True)"),
                "mean over everything": ("wide.mean(dim=-1, keepdim=True)", "wide.mean()"),
            },
        ),
        "unbiased variance": Kind(
            "You divide the sum of squares by C - 1, which is what torch's `var` does unless it is told not to. That "
            "estimates the variance of a population; here the vector itself is to be described, all C numbers of it.",
            {"unbiased variance": ("centred.pow(2).mean(dim=-1, keepdim=True)", "wide.var(dim=-1, keepdim=True)")},
        ),
        "mean square for the variance": Kind(
            "You divide by the size that the vector had before its mean was subtracted. A vector far from zero then "
            "comes out much too small.",
            {"mean square for the variance": ("centred.pow(2)", "wide.pow(2)")},
        ),
        "eps not added to the variance": Kind(
            "Your eps does not stand inside the root, added to the variance, as it should. A vector whose numbers are "
            "all equal has no variance, and only eps keeps it from being divided by zero.",
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
        "too narrow": Kind(
            TOO_NARROW,
            {"computed in the dtype of x": ("x.to(torch.promote_types(x.dtype, torch.float32))", "x")},
        ),
        "another dtype": Kind(OTHER_DTYPE, {"left in float32": (".to(x.dtype)", "")}),
        "changed in place": Kind(
            IN_PLACE,
            {"input changed in place": ("centred = wide - wide.mean", "centred = wide.data; wide.data -= wide.mean")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT, {"gradient cut at the variance": ("centred.pow(2)", "centred.detach().pow(2)")}
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return (centred", "(centred")}),
        "mean of squares less squared mean": Kind(
            "You take the variance as the mean of the squares less the square of the mean. On paper it is the same, "
            "but far from zero two large and nearly equal numbers are subtracted, and hardly a digit of the small "
            "difference is left.",
            {
                "mean of squares less squared mean": (
                    "centred.pow(2).mean(dim=-1, keepdim=True)",
                    "wide.pow(2).mean(dim=-1, keepdim=True) - wide.mean(dim=-1, keepdim=True).pow(2)",
                )
            },
        ),
    },
    "norms.soft_cap": {
        "not scaled there and back": Kind(
            "The cap has two jobs: the numbers are made small by it before they are squeezed, and as large again "
            "afterwards. With only one of the two, or both the wrong way round, small numbers no longer pass "
            "unchanged.",
            {
                "cap not multiplied back": ("cap * torch.tanh", "torch.tanh"),
                "cap not divided by": ("torch.tanh(x / cap)", "torch.tanh(x)"),
                "cap multiplied by inside": ("torch.tanh(x / cap)", "torch.tanh(x * cap)"),
                "divided by the cap again": ("cap * torch.tanh(x / cap)", "torch.tanh(x / cap) / cap"),
                "cap and its reciprocal swapped": ("cap * torch.tanh(x / cap)", "torch.tanh(x * cap) / cap"),
            },
        ),
        "hard cap": Kind(
            "You cut off what is too large. A number beyond the cap then gets no gradient at all, and can never come "
            "back; the soft cap bends smoothly instead.",
            {
                "hard cap": ("cap * torch.tanh(x / cap)", "x.clamp(-cap, cap)"),
                "hard cap above only": ("cap * torch.tanh(x / cap)", "x.clamp(max=cap)"),
                "hard cap after the soft one": ("torch.tanh(x / cap)", "torch.tanh(x / cap).clamp(-0.5, 0.5)"),
            },
        ),
        "only some are capped": Kind(
            "You leave some of the numbers as they were. All of them go through the same smooth curve, the negative "
            "ones and the small ones too; otherwise it has a jump or a kink.",
            {
                "soft above only": ("cap * torch.tanh(x / cap)", "torch.where(x > 0, cap * torch.tanh(x / cap), x)"),
                "capped only where it is passed": (
                    "cap * torch.tanh(x / cap)",
                    "torch.where(x.abs() > cap, cap * torch.tanh(x / cap), x)",
                ),
                "no cap": ("cap * torch.tanh(x / cap)", "x"),
            },
        ),
        "cap hard-coded": Kind(
            HARD_CODED,
            {
                "cap hard-coded to 15": ("cap * torch.tanh(x / cap)", "15.0 * torch.tanh(x / 15.0)"),
                "cap hard-coded to 50 outside": ("cap * torch.tanh", "50.0 * torch.tanh"),
            },
        ),
        "another curve": Kind(
            "You squeeze the numbers with another curve than the hyperbolic tangent. It bends earlier or later, or "
            "ends elsewhere, so that a public model that uses the cap would give other numbers.",
            {
                "sigmoid": ("torch.tanh(x / cap)", "torch.sigmoid(x / cap)"),
                "sigmoid, stretched to both sides": ("torch.tanh(x / cap)", "(2 * torch.sigmoid(x / cap) - 1)"),
                "arc tangent": ("torch.tanh(x / cap)", "torch.atan(x / cap)"),
                "softsign": ("torch.tanh(x / cap)", "torch.nn.functional.softsign(x / cap)"),
                "sine": ("torch.tanh(x / cap)", "torch.sin(x / cap)"),
                "hyperbolic sine": ("torch.tanh(x / cap)", "torch.sinh(x / cap)"),
                "the other way round": ("torch.tanh(x / cap)", "torch.atanh((x / cap).clamp(-0.99, 0.99))"),
                "twice": ("torch.tanh(x / cap)", "torch.tanh(torch.tanh(x / cap))"),
            },
        ),
        "exponentials that become infinite": Kind(
            "You make up the tangent from exponentials, which become infinite for large numbers. Infinity divided by "
            "infinity is not a number, just where the cap is needed most.",
            {
                "by exponentials that become infinite": (
                    "torch.tanh(x / cap)",
                    "((torch.exp(x / cap) - torch.exp(-x / cap)) / (torch.exp(x / cap) + torch.exp(-x / cap)))",
                )
            },
        ),
        "numbers capped together": Kind(
            "What you do to one number depends on the others beside it. The cap is for every number by itself: only "
            "then is a score, or a logit, the same whatever stands next to it.",
            {
                "cap as a share of the greatest number": (
                    "cap * torch.tanh(x / cap)",
                    "cap * torch.tanh(x / x.abs().max())",
                ),
                "lengths capped, not numbers": (
                    "cap * torch.tanh(x / cap)",
                    "x * (cap / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)).clamp(max=1.0)",
                ),
            },
        ),
        "changed in place": Kind(
            IN_PLACE, {"input changed in place": ("torch.tanh(x / cap)", "torch.tanh(x.div_(cap))")}
        ),
        "another dtype": Kind(
            OTHER_DTYPE,
            {
                "result left in float32": (
                    "torch.tanh(x / cap)",
                    "torch.tanh(x.to(torch.promote_types(x.dtype, torch.float32)) / cap)",
                )
            },
        ),
        "gradient cut": Kind(GRADIENT_CUT, {"gradient cut": ("torch.tanh(x / cap)", "torch.tanh(x.detach() / cap)")}),
        "gradient of a straight line": Kind(
            "The values are capped, but the gradient runs past the cap as if there were none. What is far out has to "
            "feel how flat the curve is there.",
            {
                "gradient of a straight line": (
                    "cap * torch.tanh(x / cap)",
                    "x + (cap * torch.tanh(x / cap) - x).detach()",
                )
            },
        ),
        "nothing returned": Kind(NOTHING_RETURNED, {"nothing returned": ("return cap", "cap")}),
    },
    "norms.LayerNorm.forward": {
        "bias forgotten": Kind(BIAS_FORGOTTEN, {"bias forgotten": ("self.bias", "None")}),
        "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": ("self.weight, self.bias", "None, self.bias")}),
        "bias before the weight": Kind(
            "You add the bias first, so that the weight scales it too. The two are meant to be independent: one sets a "
            "channel's size, the other its centre.",
            {
                "bias before the weight": (
                    FUSED,
                    "(layer_norm(x, self.eps) + self.bias) * self.weight",
                )
            },
        ),
        "RMS norm": Kind(RMS_FOR_LAYER, {"RMS norm": (FUSED, "rms_norm(x, self.eps) * self.weight + self.bias")}),
        "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
        "weight on the input": Kind(
            WEIGHT_ON_INPUT,
            {
                "weight on the input": (
                    FUSED,
                    "layer_norm(x * self.weight, self.eps) + self.bias",
                )
            },
        ),
        "norm forgotten": Kind(
            "You scale and shift the input as it is, without norming it first. Its size is then whatever the layers "
            "before it have made of it.",
            {"norm forgotten": (FUSED, "x * self.weight + self.bias")},
        ),
        "gradient cut": Kind(
            GRADIENT_CUT,
            {"weight cut from the gradient": ("self.weight, self.bias", "self.weight.detach(), self.bias")},
        ),
    },
    "norms.LayerNormNoBias.forward": {
        "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
        "RMS norm": Kind(RMS_FOR_LAYER, {"RMS norm": ("return layer_norm(x", "return rms_norm(x")}),
        "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
        "weight on the input": Kind(
            WEIGHT_ON_INPUT,
            {
                "weight on the input": (
                    "layer_norm(x, self.eps) * self.weight",
                    "layer_norm(x * self.weight, self.eps)",
                )
            },
        ),
        "one plus the weight": Kind(
            "You multiply by one plus the weight, as Gemma's RMS norm does. Here the weight starts at one and is the "
            "factor itself, so that your result is twice as large.",
            {"one plus the weight": ("* self.weight", "* (1 + self.weight)")},
        ),
    },
    "norms.LayerNormNoParam.forward": {
        "RMS norm": Kind(RMS_FOR_LAYER, {"RMS norm": ("return layer_norm(x", "return rms_norm(x")}),
        "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-5")}),
        "norm forgotten": Kind(
            "The input comes back as it was. This norm has nothing to learn, but it still has to be computed.",
            {"norm forgotten": ("layer_norm(x, self.eps)", "x")},
        ),
        "over all tokens at once": Kind(
            "You norm all tokens together, as if they were one long vector. Every token is normed by itself; otherwise "
            "a later one changes what an earlier one sees.",
            {"over all tokens at once": ("layer_norm(x, self.eps)", "layer_norm(x.flatten(), self.eps).view_as(x)")},
        ),
    },
    "norms.RMSNorm.forward": {
        "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
        "one plus the weight": Kind(
            "You multiply by one plus the weight, as Gemma does, whose weights start at zero. Here the weight starts "
            "at one and is the factor itself, so that your result is twice as large.",
            {"one plus the weight": ("* self.weight", "* (1 + self.weight)")},
        ),
        "layer norm": Kind(LAYER_FOR_RMS, {"layer norm": ("return rms_norm(x", "return layer_norm(x")}),
        "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-6")}),
        "weight on the input": Kind(
            WEIGHT_ON_INPUT,
            {"weight on the input": ("rms_norm(x, self.eps) * self.weight", "rms_norm(x * self.weight, self.eps)")},
        ),
        "weight added": Kind(
            "You add the weight, as a bias would be added. It is a factor: it sets how large each channel becomes, not "
            "where its centre lies.",
            {"weight added": ("* self.weight", "+ self.weight")},
        ),
        "rounded too late": Kind(
            "You multiply by the weight before the norm is narrowed, as Gemma does. Here it is narrowed first, as "
            "Llama does: in bfloat16 the two differ in the last digit, and so do the logits of a public model.",
            {
                "narrowed behind the weight": (
                    "rms_norm(x, self.eps) * self.weight",
                    "(rms_norm(x.to(torch.promote_types(x.dtype, torch.float32)), self.eps) * self.weight).to(x.dtype)",
                )
            },
        ),
    },
    "norms.RMSNormPlusOne.forward": {
        "the one not added to the weight": Kind(
            "In this norm the factor is one plus the weight, and the weight starts at zero. Put together in another "
            "way it begins as a layer that gives nothing, or something else than the normed input.",
            {
                "the one forgotten": ("(1 + self.weight.to(dtype))", "self.weight.to(dtype)"),
                "one minus the weight": ("1 + self", "1 - self"),
                "the one outside": ("* (1 + self.weight.to(dtype))", "* self.weight.to(dtype) + 1"),
            },
        ),
        "layer norm": Kind(LAYER_FOR_RMS, {"layer norm": ("rms_norm(x.to", "layer_norm(x.to")}),
        "eps hard-coded": Kind(EPS_HARD_CODED, {"eps hard-coded": ("self.eps", "1e-6")}),
        "another dtype": Kind(OTHER_DTYPE, {"left in float32": (".to(x.dtype)", "")}),
        "rounded too early": Kind(
            "You narrow the normed numbers before they meet the factor, as Llama does. Here only the result is "
            "narrowed, as Gemma does: rounded twice, the last digit differs, and so do the logits of a public model.",
            {"narrowed before the factor": ("rms_norm(x.to(dtype), self.eps)", "rms_norm(x, self.eps)")},
        ),
    },
    "norms.DyT.forward": {
        "alpha not inside the tangent": Kind(
            "alpha is the steepness: it multiplies the input before the tangent squeezes it. Anywhere else it is only "
            "one more factor beside the weight, and large inputs are cut off where they always were.",
            {
                "alpha forgotten": ("self.alpha * x", "x"),
                "alpha outside": ("torch.tanh(self.alpha * x)", "self.alpha * torch.tanh(x)"),
            },
        ),
        "bias forgotten": Kind(BIAS_FORGOTTEN, {"bias forgotten": (" + self.bias", "")}),
        "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
        "sigmoid": Kind(
            "You squeeze with the sigmoid, which lies between zero and one. The tangent lies between minus one and "
            "one, so that zero stays zero and the sign survives.",
            {"sigmoid": ("torch.tanh", "torch.sigmoid")},
        ),
        "bias inside": Kind(
            "You add the bias before the tangent, where it moves the curve sideways. It belongs behind it, where it "
            "moves the result.",
            {
                "bias inside": (
                    "torch.tanh(self.alpha * x) * self.weight + self.bias",
                    "torch.tanh(self.alpha * x + self.bias) * self.weight",
                )
            },
        ),
        "weight inside": Kind(
            "You multiply by the weight before the tangent, where it only makes the curve steeper or flatter. It "
            "belongs behind it, where it sets how large a channel can become.",
            {"weight inside": ("torch.tanh(self.alpha * x) * self.weight", "torch.tanh(self.alpha * x * self.weight)")},
        ),
    },
}
