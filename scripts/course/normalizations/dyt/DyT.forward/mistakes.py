"""What people write for normalizations.dyt.DyT.forward, and why it matters."""

from scripts.course.norms.explanations import BIAS_FORGOTTEN, WEIGHT_FORGOTTEN
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "alpha not inside the tangent": Kind(
        "alpha is the steepness: it multiplies the input before the tangent squeezes it. Anywhere else it is "
        "only one more factor beside the weight, and large inputs are cut off where they always were.",
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
        "You add the bias before the tangent, where it moves the curve sideways. It belongs behind it, where "
        "it moves the result.",
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
    "alpha hard-coded": Kind(
        "You write 0.5, which alpha has at first, where the learned alpha is needed. It gets no gradient, and what it has "
        "learned in a trained model has no effect.",
        {"alpha hard-coded": ("self.alpha * x", "0.5 * x")},
    ),
}
