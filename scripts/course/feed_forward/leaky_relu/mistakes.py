"""What people write for feed_forward.leaky_relu, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import IN_PLACE, OTHER_DTYPE

MISTAKES = {
    "another slope": Kind(
        "Below zero your slope is not the one that is asked for. The curve looks the same, but every negative "
        "number comes out too large or too small, so that trained weights give other results.",
        {
            "slope 0.1": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.1)"),
            "slope 0.2": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.2)"),
            "slope 0.001": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.001)"),
        },
    ),
    "slope negative": Kind(
        "Your slope below zero has the wrong sign, so that negative numbers come out positive. A strongly "
        "negative number then counts for more than zero does, and the gradient pushes it in the wrong "
        "direction.",
        {"slope negative": ("F.leaky_relu(x)", "F.leaky_relu(x, -0.01)")},
    ),
    "not leaky": Kind(
        "You set negative numbers to zero, as ReLU does. Nothing leaks through, so that a neuron that is "
        "negative for every token gets no gradient and can never come back.",
        {"not leaky": ("F.leaky_relu(x)", "F.relu(x)")},
    ),
    "slope on the wrong side": Kind(
        "You make positive numbers small and let negative ones pass as they are. It should be the other way "
        "round: what is positive is heard, what is negative only leaks.",
        {
            "the slope on the wrong side": ("F.leaky_relu(x)", "-F.leaky_relu(-x)"),
            "the smaller of the two": ("F.leaky_relu(x)", "(0.01 * x).minimum(x)"),
        },
    ),
    "sum of the two": Kind(
        "You add the two lines where only one of them counts at a time. Negative numbers come out right, but "
        "every positive one comes out a little too large.",
        {"the sum of the two": ("F.leaky_relu(x)", "F.relu(x) + 0.01 * x")},
    ),
    "ELU": Kind(
        "You use a curve that levels off below zero, where it should go on as a straight line. Strongly "
        "negative numbers get almost no gradient there and hardly find their way back.",
        {"ELU": ("F.leaky_relu(x)", "F.elu(x, 0.01)")},
    ),
    "changed in place": Kind(IN_PLACE, {"in place": ("F.leaky_relu(x)", "F.leaky_relu(x, inplace=True)")}),
    "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.leaky_relu(x)", "F.leaky_relu(x.float())")}),
    "gradient of a straight line": Kind(
        "The values are right, but you change them behind autograd's back, so that every gradient passes "
        "whole. What only leaks through has little part in the result, and its gradient has to be as small.",
        {"gradient of a straight line": ("F.leaky_relu(x)", "x + (F.leaky_relu(x) - x).detach()")},
    ),
}
