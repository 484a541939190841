"""What people write for feed_forwards.activations.silu, and why it matters."""

from scripts.course.feed_forwards.explanations import NOT_MULTIPLIED_BY_X, STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

MISTAKES = {
    "not multiplied by x": Kind(NOT_MULTIPLIED_BY_X, {"the sigmoid alone": ("F.silu(x)", "x.sigmoid()")}),
    "GELU": Kind(
        "Your curve is that of GELU, or of an approximation of it, whose gate is steeper around zero. Llama and its "
        "relatives were trained with SiLU, and their weights give other results with this one.",
        {"1.702, as for GELU": ("F.silu(x)", "x * torch.sigmoid(1.702 * x)"), "GELU": ("F.silu(x)", "F.gelu(x)")},
    ),
    "sign inside the sigmoid": Kind(
        "You pass -x to the sigmoid. Positive inputs are then suppressed and negative ones pass, the wrong way round.",
        {"the sigmoid of -x": ("F.silu(x)", "x * torch.sigmoid(-x)")},
    ),
    "gate not between zero and one": Kind(
        "You multiply by a factor that can be negative, where the sigmoid lies between zero and one. The sign of "
        "inputs flips then, and what should be close to zero comes out large.",
        {
            "tanh in place of the sigmoid": ("F.silu(x)", "x * torch.tanh(x)"),
            "the logarithm of the sigmoid": ("F.silu(x)", "x * F.logsigmoid(x)"),
        },
    ),
    "softmax": Kind(
        "You gate with a softmax over the last axis, for which the elements compete with each other. An activation is "
        "elementwise: each output depends on its own input alone.",
        {"softmax in place of the sigmoid": ("F.silu(x)", "x * x.softmax(dim=-1)")},
    ),
    "exponential overflows": Kind(
        "Your exponential overflows to infinity where x is far from zero (beyond 88 in float32, 11 in float16). From "
        "there on the value or its gradient is NaN, and a single NaN ruins all weights.",
        {
            "divided by one plus an exponential": ("F.silu(x)", "x / (1 + torch.exp(-x))"),
            "an exponential above and below": ("F.silu(x)", "x * torch.exp(x) / (1 + torch.exp(x))"),
        },
    ),
    "another activation": Kind(
        "You use another activation of a similar shape. Nothing breaks, but weights that were trained with SiLU give "
        "other results with it.",
        {
            "ReLU": ("F.silu(x)", "F.relu(x)"),
            "mish": ("F.silu(x)", "F.mish(x)"),
            "made of straight lines": ("F.silu(x)", "F.hardswish(x)"),
        },
    ),
    "gradient cut": Kind(GRADIENT_CUT, {"gradient of the gate cut": ("F.silu(x)", "x * x.sigmoid().detach()")}),
    "gradient of the identity": Kind(
        STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.silu(x)", "x + (F.silu(x) - x).detach()")}
    ),
}
