"""What people write for feed_forward.gelu_tanh, and why it matters."""

from scripts.course.feed_forward.explanations import NOT_HALVED, ONE_FORGOTTEN, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import OTHER_DTYPE

MISTAKES = {
    "another way to GELU": Kind(
        "You compute GELU in another way than by this formula, exactly or by another approximation. The "
        "numbers are close, but models trained with this formula keep its small errors in their weights.",
        {
            "the exact one": (', approximate="tanh")', ")"),
            "by a logistic curve": ('F.gelu(x, approximate="tanh")', "x * torch.sigmoid(1.702 * x)"),
        },
    ),
    "another factor of the cubic term": Kind(
        "The factor of your cubic term is not that of the formula: rounded, or with its point in another "
        "place. The curve no longer follows GELU as closely as the models that use it expect.",
        {
            "0.044715 rounded": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.045 * x**3)))",
            ),
            "0.44715": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.44715 * x**3)))",
            ),
        },
    ),
    "another power": Kind(
        "You take another power of x in the small correction. With an even power it has the same sign on both "
        "sides of zero, so that it mends the curve on one side and spoils it on the other.",
        {
            "squared, not cubed": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**2)))",
            )
        },
    ),
    "cubic term forgotten": Kind(
        "You leave out the cubic term. It is what bends the curve towards the normal distribution away from "
        "zero; without it, numbers around two come out wrong by some hundredths.",
        {
            "cubic term forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x))",
            )
        },
    ),
    "another factor inside the tangent": Kind(
        "The number by which you multiply inside the tangent is another: upside down, without its root, or "
        "with a root over a part of it. It sets how steep the curve is at zero, where most numbers lie.",
        {
            "root forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(2 / math.pi * (x + 0.044715 * x**3)))",
            ),
            "the root of pi / 2": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(math.pi / 2) * (x + 0.044715 * x**3)))",
            ),
            "the root of 2 alone": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2) / math.pi * (x + 0.044715 * x**3)))",
            ),
        },
    ),
    "factor on one term only": Kind(
        "Your factor inside the tangent reaches x but not the cubic term. The correction then counts for more "
        "than it should, and the curve comes out too steep for larger numbers.",
        {
            "the root around x only": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * x + 0.044715 * x**3))",
            )
        },
    ),
    "not halved": Kind(
        NOT_HALVED,
        {
            "not halved": (
                'F.gelu(x, approximate="tanh")',
                "x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))",
            )
        },
    ),
    "one forgotten": Kind(
        ONE_FORGOTTEN,
        {
            "one forgotten": (
                'F.gelu(x, approximate="tanh")',
                "0.5 * x * torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))",
            )
        },
    ),
    "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.gelu(x,", "F.gelu(x.float(),")}),
    "gradient of a straight line": Kind(
        STRAIGHT_GRADIENT,
        {
            "gradient of a straight line": (
                'F.gelu(x, approximate="tanh")',
                'x + (F.gelu(x, approximate="tanh") - x).detach()',
            )
        },
    ),
}
