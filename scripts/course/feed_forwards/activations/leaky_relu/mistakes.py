"""What people write for feed_forwards.activations.leaky_relu, and why it matters."""

from scripts.course.feed_forwards.explanations import STRAIGHT_GRADIENT
from scripts.workshop.diagnose import Kind

MISTAKES = {
    "another slope": Kind(
        "Your negative slope is not 0.01. The curve looks the same, but every negative input comes out too large or "
        "too small, so that trained weights give other results.",
        {
            "slope 0.1": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.1)"),
            "slope 0.2": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.2)"),
            "slope 0.001": ("F.leaky_relu(x)", "F.leaky_relu(x, 0.001)"),
        },
    ),
    "slope negative": Kind(
        "Your slope below zero has the wrong sign, so that negative inputs come out positive. A strongly negative "
        "input then counts for more than zero does, and its gradient points the wrong way.",
        {"slope negative": ("F.leaky_relu(x)", "F.leaky_relu(x, -0.01)")},
    ),
    "not leaky": Kind(
        "You set negative inputs to zero, as ReLU does. A unit that is negative for every token then gets no gradient "
        "and never recovers.",
        {"not leaky": ("F.leaky_relu(x)", "F.relu(x)")},
    ),
    "slope on the wrong side": Kind(
        "You scale positive inputs down and let negative ones pass unchanged. It should be the other way round: the "
        "slope is 1 above zero and 0.01 below.",
        {
            "the slope on the wrong side": ("F.leaky_relu(x)", "-F.leaky_relu(-x)"),
            "the smaller of the two": ("F.leaky_relu(x)", "(0.01 * x).minimum(x)"),
        },
    ),
    "sum of the two": Kind(
        "You add the two lines where only one applies at a time. Negative inputs come out right, but positive ones get "
        "a slope of 1.01.",
        {"the sum of the two": ("F.leaky_relu(x)", "F.relu(x) + 0.01 * x")},
    ),
    "ELU": Kind(
        "You use a curve that saturates below zero, where leaky ReLU goes on as a straight line. Strongly negative "
        "inputs get almost no gradient there.",
        {"ELU": ("F.leaky_relu(x)", "F.elu(x, 0.01)")},
    ),
    "gradient of the identity": Kind(
        STRAIGHT_GRADIENT, {"gradient of a straight line": ("F.leaky_relu(x)", "x + (F.leaky_relu(x) - x).detach()")}
    ),
}
