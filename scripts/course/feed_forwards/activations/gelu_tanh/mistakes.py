"""What people write for feed_forwards.activations.gelu_tanh, and why it matters."""

from scripts.course.feed_forwards.explanations import NOT_HALVED, ONE_FORGOTTEN, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "another way to GELU": Kind(
        "You compute GELU exactly, or by another approximation. The values are close, but weights that were trained "
        "with the tanh formula have adapted to its small errors.",
        {
            "the exact one": (', approximate="tanh")', ")"),
            "by a logistic curve": ('F.gelu(x, approximate="tanh")', "x * torch.sigmoid(1.702 * x)"),
        },
    ),
    "another factor of the cubic term": Kind(
        "The coefficient of your cubic term is not 0.044715. The curve no longer follows GELU as closely as the "
        "models that use it expect.",
        {
            "0.044715 rounded": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.045 * x**3)))",
            ),
            "0.0447": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.0447 * x**3)))",
            ),
            "0.0044715": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.0044715 * x**3)))",
            ),
            "0.44715": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.44715 * x**3)))",
            ),
        },
    ),
    "another power": Kind(
        "Your correction term is not cubic in x. An even power has the same sign on both sides of zero, so that it "
        "improves the curve on one side and spoils it on the other.",
        {
            "squared, not cubed": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**2)))",
            )
        },
    ),
    "cubic term forgotten": Kind(
        "You leave out the cubic term. It is what makes tanh follow the normal CDF away from zero; without it, "
        "outputs for x around 2 are wrong by some hundredths.",
        {
            "cubic term forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * x))",
            )
        },
    ),
    "factor on the cubic term only": Kind(
        "Your factor inside tanh multiplies the cubic term but not x. The curve is then too steep at zero, where most "
        "activations lie.",
        {
            "the root around the cubic term only": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(x + (2 / torch.pi) ** 0.5 * 0.044715 * x**3))",
            )
        },
    ),
    "another factor inside tanh": Kind(
        "The factor inside tanh is not sqrt(2 / pi): inverted, without the root, or with a root over a part of it. It "
        "sets the slope at zero, where most activations lie.",
        {
            "root forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(2 / torch.pi * (x + 0.044715 * x**3)))",
            ),
            "the root of pi / 2": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((torch.pi / 2) ** 0.5 * (x + 0.044715 * x**3)))",
            ),
            "the root of 2 alone": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(2**0.5 / torch.pi * (x + 0.044715 * x**3)))",
            ),
        },
    ),
    "factor on one term only": Kind(
        "Your factor inside tanh multiplies x but not the cubic term. The correction is then too strong, and the curve "
        "too steep for larger inputs.",
        {
            "the root around x only": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * x + 0.044715 * x**3))",
            )
        },
    ),
    "not halved": Kind(
        NOT_HALVED,
        {
            "not halved": (
                'F.gelu(x, approximate="tanh")',
                "x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))",
            )
        },
    ),
    "one forgotten": Kind(
        ONE_FORGOTTEN,
        {
            "one forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3))",
            )
        },
    ),
    "gradient of the identity": Kind(
        STRAIGHT_GRADIENT,
        {
            "gradient of a straight line": (
                'F.gelu(x, approximate="tanh")',
                'x + (F.gelu(x, approximate="tanh") - x).detach()',
            )
        },
    ),
}
