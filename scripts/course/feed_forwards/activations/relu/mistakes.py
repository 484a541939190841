"""What people write for feed_forwards.activations.relu, and why it matters."""

from scripts.workshop.diagnose import Kind

MISTAKES = {
    "leaky": Kind(
        "You let through a little of every negative input. ReLU gives exact zeros there, and weights that were "
        "trained with it rely on them.",
        {"leaky": ("torch.relu(x)", "F.leaky_relu(x)")},
    ),
    "squared": Kind(
        "You square the result, which is another activation (ReLU^2). ReLU itself is linear above zero: large inputs "
        "must not grow, nor small ones shrink.",
        {"squared": ("torch.relu(x)", "torch.relu(x).square()")},
    ),
    "absolute value": Kind(
        "You drop the sign, so that negative inputs come out positive. A unit then fires for the opposite of what it "
        "detects, where ReLU gives zero.",
        {"the size": ("torch.relu(x)", "x.abs()")},
    ),
    "negative part": Kind(
        "You keep the wrong half: negative inputs pass and positive ones become zero. ReLU keeps the positive ones.",
        {"the negative part": ("torch.relu(x)", "x.clamp(max=0)")},
    ),
    "a step": Kind(
        "You return whether an input is positive, not the input itself. A step function is flat everywhere, so that "
        "no gradient flows back through it and no layer before it learns.",
        {"a step": ("torch.relu(x)", "(x > 0).to(x.dtype)")},
    ),
    "cut off above": Kind(
        "You clip large inputs at an upper limit. ReLU has none: beyond yours, all inputs give the same output and no "
        "gradient.",
        {"cut at one": ("torch.relu(x)", "x.clamp(0, 1)"), "cut at six": ("torch.relu(x)", "F.relu6(x)")},
    ),
    "smooth curve": Kind(
        "You use a smooth curve in place of ReLU's two straight lines. Outputs near zero differ, so that weights "
        "trained with ReLU give other results.",
        {"a softer bend": ("torch.relu(x)", "F.softplus(x)"), "GELU": ("torch.relu(x)", "F.gelu(x)")},
    ),
    "elements left out": Kind(
        "You return only the positive elements, flattened into one axis. The shape must stay that of x, with zeros "
        "where x is negative.",
        {"only the numbers that are left": ("torch.relu(x)", "x[x > 0]")},
    ),
    "gradient of the identity": Kind(
        "The values are right, but the gradient is that of the identity: the difference from x is detached. Below zero "
        "the gradient must be zero.",
        {"gradient of what is negative": ("torch.relu(x)", "x + (torch.relu(x) - x).detach()")},
    ),
}
