"""What people write for feed_forward.gelu, and why it matters."""

from scripts.course.feed_forward.explanations import NOT_HALVED, NOT_MULTIPLIED_BY_X, ONE_FORGOTTEN, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import OTHER_DTYPE

MISTAKES = {
    "an approximation": Kind(
        "You compute an approximation of GELU, not GELU itself. It is close, but every layer adds to the "
        "difference, and weights that were trained with the one give slightly wrong logits with the other.",
        {
            "by tanh": ("F.gelu(x)", 'F.gelu(x, approximate="tanh")'),
            "by a logistic curve": ("F.gelu(x)", "x * torch.sigmoid(1.702 * x)"),
        },
    ),
    "another activation": Kind(
        "You use another activation than GELU. It has much the same shape, which is why nothing breaks, but "
        "weights that were trained with GELU give other results with it.",
        {"SiLU": ("F.gelu(x)", "F.silu(x)"), "ReLU": ("F.gelu(x)", "F.relu(x)")},
    ),
    "error function of another width": Kind(
        "What you hand to the error function is not scaled as the normal distribution wants it. The curve gets "
        "too steep or too flat around zero, where most numbers lie.",
        {
            "not divided by the root of two": ("F.gelu(x)", "x * (1 + torch.erf(x)) / 2"),
            "divided by two inside": ("F.gelu(x)", "x * (1 + torch.erf(x / 2)) / 2"),
        },
    ),
    "not halved": Kind(NOT_HALVED, {"not halved": ("F.gelu(x)", "x * (1 + torch.erf(x / math.sqrt(2)))")}),
    "one forgotten": Kind(ONE_FORGOTTEN, {"one forgotten": ("F.gelu(x)", "x * torch.erf(x / math.sqrt(2)) / 2")}),
    "share that is larger": Kind(
        "You weigh a number by how likely a normal one is larger, not smaller. Negative numbers then pass and "
        "positive ones become silent, the wrong way round.",
        {"the share that is larger": ("F.gelu(x)", "x * (1 - torch.erf(x / math.sqrt(2))) / 2")},
    ),
    "not multiplied by x": Kind(
        NOT_MULTIPLIED_BY_X, {"not multiplied by x": ("F.gelu(x)", "(1 + torch.erf(x / math.sqrt(2))) / 2")}
    ),
    "density": Kind(
        "You weigh by the height of the bell curve, where the share of it that lies below a number is wanted. "
        "Large numbers, the clearest signals, then come out as almost nothing.",
        {"the density": ("F.gelu(x)", "x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)")},
    ),
    "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.gelu(x)", "F.gelu(x.float())")}),
    "gradient of a straight line": Kind(
        STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.gelu(x)", "x + (F.gelu(x) - x).detach()")}
    ),
}
