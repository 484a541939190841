"""What people write for normalizations.derf.Derf.forward, and why it matters."""

from scripts.course.norms.explanations import BIAS_FORGOTTEN, WEIGHT_FORGOTTEN
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "alpha not inside": Kind(
        "alpha is the steepness: it multiplies the input before the curve squeezes it. Anywhere else it is one more factor "
        "beside the weight, and large inputs are cut off where they always were.",
        {
            "alpha forgotten": ("self.alpha * x", "x"),
            "alpha outside": (
                "torch.erf(self.alpha * x + self.shift)",
                "self.alpha * torch.erf(x + self.shift)",
            ),
        },
    ),
    "shift forgotten": Kind(
        "The shift is missing. The curve then always turns at zero, and the shift gets no gradient.",
        {"shift forgotten": (" + self.shift", "")},
    ),
    "shift outside": Kind(
        "You add the shift behind the curve, where it is one more bias. It belongs inside, where it moves the point at "
        "which the curve turns.",
        {"shift outside": ("torch.erf(self.alpha * x + self.shift)", "(torch.erf(self.alpha * x) + self.shift)")},
    ),
    "shift scaled": Kind(
        "You multiply the shift by alpha as well. It then moves the curve by another amount than was learned.",
        {"shift scaled": ("self.alpha * x + self.shift", "self.alpha * (x + self.shift)")},
    ),
    "shift subtracted": Kind(
        "You subtract the shift. The curve moves to the other side.",
        {"shift subtracted": ("x + self.shift", "x - self.shift")},
    ),
    "dynamic tanh": Kind(
        "You squeeze with the hyperbolic tangent, which is another curve. It reaches its ends more slowly "
        "than the error function.",
        {"dynamic tanh": ("torch.erf", "torch.tanh")},
    ),
    "the normal distribution": Kind(
        "You squeeze with the distribution function of the normal distribution, which lies between zero and one. erf is the "
        "same curve between minus one and one, over x times the root of two.",
        {"the normal distribution": ("torch.erf", "torch.special.ndtr")},
    ),
    "bias forgotten": Kind(BIAS_FORGOTTEN, {"bias forgotten": (" + self.bias", "")}),
    "weight forgotten": Kind(WEIGHT_FORGOTTEN, {"weight forgotten": (" * self.weight", "")}),
    "weight inside": Kind(
        "You multiply by the weight inside the curve, where it only makes it steeper. It belongs behind it, where it sets "
        "how large a channel can become.",
        {
            "weight inside": (
                "torch.erf(self.alpha * x + self.shift) * self.weight",
                "torch.erf(self.alpha * x * self.weight + self.shift)",
            )
        },
    ),
}
