"""What people write for feed_forward.silu, and why it matters."""

from scripts.course.feed_forward.explanations import NOT_MULTIPLIED_BY_X, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT, IN_PLACE, OTHER_DTYPE

MISTAKES = {
    "not multiplied by x": Kind(NOT_MULTIPLIED_BY_X, {"the sigmoid alone": ("F.silu(x)", "x.sigmoid()")}),
    "GELU": Kind(
        "Your curve is that of GELU, or of an approximation of it, whose gate opens more steeply around zero. "
        "Llama and its relatives were trained with SiLU, and their weights give other results with this one.",
        {"1.702, as for GELU": ("F.silu(x)", "x * torch.sigmoid(1.702 * x)"), "GELU": ("F.silu(x)", "F.gelu(x)")},
    ),
    "sign inside the sigmoid": Kind(
        "You hand the sigmoid the number with its sign turned. Positive numbers then become almost silent and "
        "negative ones pass, the wrong way round.",
        {"the sigmoid of -x": ("F.silu(x)", "x * torch.sigmoid(-x)")},
    ),
    "not a share": Kind(
        "You multiply by numbers that can be negative, where a share between zero and one is wanted. The sign "
        "of inputs is turned then, and what should be almost silent comes out large.",
        {
            "tanh in place of the sigmoid": ("F.silu(x)", "x * torch.tanh(x)"),
            "the logarithm of the sigmoid": ("F.silu(x)", "x * F.logsigmoid(x)"),
        },
    ),
    "softmax": Kind(
        "You weigh numbers by a softmax, for which they have to compete with each other. Each number should "
        "decide for itself how much of it passes, whatever stands beside it.",
        {"softmax in place of the sigmoid": ("F.silu(x)", "x * x.softmax(dim=-1)")},
    ),
    "exponentials that become infinite": Kind(
        "You divide by an exponential that becomes infinite where numbers are far below zero. The value is "
        "still right, but its gradient is not a number, and one of those is enough to ruin all weights.",
        {"divided by one plus an exponential": ("F.silu(x)", "x / (1 + torch.exp(-x))")},
    ),
    "another activation": Kind(
        "You use another activation, which resembles SiLU but bends in another way. Nothing breaks, but "
        "weights that were trained with SiLU give other results with it.",
        {
            "ReLU": ("F.silu(x)", "F.relu(x)"),
            "mish": ("F.silu(x)", "F.mish(x)"),
            "made of straight lines": ("F.silu(x)", "F.hardswish(x)"),
        },
    ),
    "changed in place": Kind(IN_PLACE, {"in place": ("F.silu(x)", "F.silu(x, inplace=True)")}),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient of the gate cut": ("F.silu(x)", "x * x.sigmoid().detach()")}),
    "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.silu(x)", "F.silu(x.float())")}),
    "gradient of a straight line": Kind(
        STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.silu(x)", "x + (F.silu(x) - x).detach()")}
    ),
}
