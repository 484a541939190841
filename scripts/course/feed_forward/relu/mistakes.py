"""What people write for feed_forward.relu, and why it matters."""

from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import IN_PLACE, OTHER_DTYPE

MISTAKES = {
    "leaky": Kind(
        "You let through a little of every negative number. In ReLU what is negative is silent: a model that "
        "was trained with it has neurons that say nothing at all for most tokens.",
        {"leaky": ("F.relu(x)", "F.leaky_relu(x)")},
    ),
    "squared": Kind(
        "You square what is left, which is another activation. Large numbers become much larger and small ones "
        "smaller, where ReLU lets everything positive pass as it is.",
        {"squared": ("F.relu(x)", "F.relu(x).square()")},
    ),
    "size of the number": Kind(
        "You drop the sign, so that negative numbers come out positive. A neuron then fires as hard for the "
        "opposite of what it looks for, where ReLU keeps it silent.",
        {"the size": ("F.relu(x)", "x.abs()")},
    ),
    "negative part": Kind(
        "You keep the wrong half: negative numbers pass and positive ones become zero. A neuron should be "
        "heard when its input is positive, and silent otherwise.",
        {"the negative part": ("F.relu(x)", "x.clamp(max=0)")},
    ),
    "a step": Kind(
        "You say only whether a number is positive, not how large it is. A step is flat everywhere, so that no "
        "gradient flows back through it and nothing in front of it learns.",
        {"a step": ("F.relu(x)", "(x > 0).to(x.dtype)")},
    ),
    "cut off above": Kind(
        "You cut large numbers off at a limit of your own. ReLU has no limit above: beyond yours, neurons can "
        "no longer say how sure they are, and get no gradient.",
        {"cut at one": ("F.relu(x)", "x.clamp(0, 1)"), "cut at six": ("F.relu(x)", "F.relu6(x)")},
    ),
    "smooth curve": Kind(
        "You use a smooth curve in the place of ReLU's two straight lines. Negative numbers are then not quite "
        "silent and small ones are changed, so that weights trained with ReLU give other results.",
        {"a softer bend": ("F.relu(x)", "F.softplus(x)"), "GELU": ("F.relu(x)", "F.gelu(x)")},
    ),
    "numbers left out": Kind(
        "You return only the numbers that are positive, in one row, and lose where they stood. The next layer "
        "needs a number in every place, with a zero where a neuron is silent.",
        {"only the numbers that are left": ("F.relu(x)", "x[x > 0]")},
    ),
    "changed in place": Kind(IN_PLACE, {"in place": ("F.relu(x)", "x.relu_()")}),
    "another dtype": Kind(OTHER_DTYPE, {"result in float32": ("F.relu(x)", "F.relu(x.float())")}),
    "gradient of a straight line": Kind(
        "The values are right, but the gradient passes as if nothing had been cut off. What was silent had no "
        "part in the result, and must not be blamed or praised for it.",
        {"gradient of what is negative": ("F.relu(x)", "x + (F.relu(x) - x).detach()")},
    ),
}
