"""What people write for feed_forwards.activations.gelu, and why it matters."""

from scripts.course.feed_forwards.explanations import NOT_HALVED, NOT_MULTIPLIED_BY_X, ONE_FORGOTTEN, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "an approximation": Kind(
        "You compute an approximation of GELU, not GELU itself. It is close, but the error adds up over layers, and "
        "weights that were trained with the one give slightly wrong logits with the other.",
        {
            "by tanh": ("F.gelu(x)", 'F.gelu(x, approximate="tanh")'),
            "by a logistic curve": ("F.gelu(x)", "x * torch.sigmoid(1.702 * x)"),
        },
    ),
    "another activation": Kind(
        "You use another activation of a similar shape. Nothing breaks, but weights that were trained with GELU give "
        "other results with it.",
        {"SiLU": ("F.gelu(x)", "F.silu(x)"), "ReLU": ("F.gelu(x)", "F.relu(x)")},
    ),
    "error function of another width": Kind(
        "The argument of erf is not x / sqrt(2), so what you get is not the standard normal CDF. The curve is too "
        "steep or too flat around zero, where most activations lie.",
        {
            "not divided by the root of two": ("F.gelu(x)", "x * (1 + torch.erf(x)) / 2"),
            "divided by two inside": ("F.gelu(x)", "x * (1 + torch.erf(x / 2)) / 2"),
        },
    ),
    "not halved": Kind(NOT_HALVED, {"not halved": ("F.gelu(x)", "x * (1 + torch.erf(x / 2**0.5))")}),
    "one forgotten": Kind(ONE_FORGOTTEN, {"one forgotten": ("F.gelu(x)", "x * torch.erf(x / 2**0.5) / 2")}),
    "upper tail": Kind(
        "You multiply by 1 - Phi(x), the upper tail of the normal distribution. Negative inputs then pass and positive "
        "ones are suppressed, the wrong way round.",
        {"the share that is larger": ("F.gelu(x)", "x * (1 - torch.erf(x / 2**0.5)) / 2")},
    ),
    "not multiplied by x": Kind(
        NOT_MULTIPLIED_BY_X, {"not multiplied by x": ("F.gelu(x)", "(1 + torch.erf(x / 2**0.5)) / 2")}
    ),
    "density": Kind(
        "You multiply by the density of the normal distribution, where its CDF is needed. Large inputs, the clearest "
        "signals, then come out as almost nothing.",
        {"the density": ("F.gelu(x)", "x * torch.exp(-x * x / 2) / (2 * torch.pi) ** 0.5")},
    ),
    "gradient of the identity": Kind(
        STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.gelu(x)", "x + (F.gelu(x) - x).detach()")}
    ),
}
