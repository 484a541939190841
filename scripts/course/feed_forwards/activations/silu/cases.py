"""What feed_forwards.activations.silu is asked."""

import torch

from scripts.course.feed_forwards.activations.shared import activation_cases
from scripts.workshop.check.cases import case, outcome

activation_cases("silu")


@case("float16 inputs whose exponentials float16 cannot hold", dtype=torch.float16)
def float16(package):
    return outcome(package.feed_forwards.activations.silu, torch.tensor([[-20.0, -12.0, -1.0], [1.0, 12.0, 20.0]]))
