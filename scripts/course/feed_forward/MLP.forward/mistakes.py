"""What people write for feed_forward.MLP.forward, and why it matters."""

from scripts.course.feed_forwards.explanations import RESIDUAL_HERE
from scripts.workshop.diagnose import Kind
from scripts.workshop.diagnose.common import GRADIENT_CUT

ACTIVATION = "F.relu(x).square()"
UP, DOWN = "x = self.up_proj(x)", "return self.down_proj(x)"

MISTAKES = {
    "no activation": Kind(
        "You leave out the activation between the two layers. Two linear layers in a row are one linear map, however "
        "wide they are, so that most of the parameters are wasted.",
        {"nothing between": (ACTIVATION, "x")},
    ),
    "not squared": Kind(
        "You apply a ReLU and do not square it. nanochat's activation is relu(x)^2: large activations weigh more, and "
        "the slope is continuous at zero.",
        {"a plain ReLU": (ACTIVATION, "F.relu(x)")},
    ),
    "another activation": Kind(
        "Your activation is not relu(x)^2. The curve looks similar, but weights that were trained with the squared ReLU "
        "give other results with it.",
        {
            "GELU": (ACTIVATION, "F.gelu(x)"),
            "SiLU": (ACTIVATION, "F.silu(x)"),
            "a leaky ReLU, squared": (ACTIVATION, "F.leaky_relu(x).square()"),
            "ReLU6, squared": (ACTIVATION, "F.relu6(x).square()"),
            "cubed": (ACTIVATION, "F.relu(x).pow(3)"),
            "twice": (ACTIVATION, "F.relu(F.relu(x).square()).square()"),
        },
    ),
    "squared without ReLU": Kind(
        "You square negative activations too, so that they come out positive. ReLU comes first: below zero the output "
        "is zero, and so is the gradient.",
        {"squared before ReLU": (ACTIVATION, "F.relu(x.square())"), "no ReLU": (ACTIVATION, "x.square()")},
    ),
    "activation in another place": Kind(
        "Your activation does not stand between the two layers. With nothing between them they are one linear map, and "
        "the hidden width is wasted.",
        {
            "activation on the input": (
                "self.up_proj(x)\n"
                "        # Squared ReLU: without a nonlinearity in between, the two layers could do no more than one.\n"
                "        x = F.relu(x).square()",
                "self.up_proj(F.relu(x).square())",
            ),
            "squared at the end": (
                "x = F.relu(x).square()\n"
                "        # Project back: (B, T, 4C) -> (B, T, C).\n"
                "        return self.down_proj(x)",
                "return self.down_proj(F.relu(x)).square()",
            ),
            "activation at the end": (
                "x = F.relu(x).square()\n"
                "        # Project back: (B, T, 4C) -> (B, T, C).\n"
                "        return self.down_proj(x)",
                "return F.relu(self.down_proj(x)).square()",
            ),
        },
    ),
    "activation at the end too": Kind(
        "You apply the activation to the output of down_proj as well. No output is negative then, and the MLP can only "
        "add to the residual stream and never subtract from it.",
        {"activation at the end too": (DOWN, "return F.relu(self.down_proj(x)).square()")},
    ),
    "down_proj forgotten": Kind(
        "You return the hidden activations without down_proj. Their last axis is 4C, and the residual stream needs C.",
        {"down forgotten": (DOWN, "return x")},
    ),
    "residual added here too": Kind(
        RESIDUAL_HERE,
        {
            "residual added here too": (
                "x = self.up_proj(x)\n"
                "        # Squared ReLU: without a nonlinearity in between, the two layers could do no more than one.\n"
                "        x = F.relu(x).square()\n"
                "        # Project back: (B, T, 4C) -> (B, T, C).\n"
                "        return self.down_proj(x)",
                "return x + self.down_proj(F.relu(self.up_proj(x)).square())",
            )
        },
    ),
    "norm added here too": Kind(
        "You normalise the input here. The block does that already, before it calls the MLP.",
        {"norm added here too": (UP, "x = self.up_proj(F.rms_norm(x, x.shape[-1:]))")},
    ),
    "gradient cut": Kind(
        GRADIENT_CUT, {"square of a copy without a gradient": (ACTIVATION, "F.relu(x) * F.relu(x).detach()")}
    ),
}
