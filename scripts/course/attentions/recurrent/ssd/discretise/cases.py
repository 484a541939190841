"""What attentions.recurrent.ssd.discretise is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def discretised(package, size: float = 1.0) -> dict:
    given = {"dt": size * draw(2, 3, 4, seed=1), "A_log": draw(3, seed=2), "dt_bias": draw(3, seed=3)}
    return ask(package.attentions.recurrent.ssd.discretise, given)


case("ordinary tokens")(lambda package: discretised(package))


# The largest have no exponential in float32.
case("large tokens, on both sides of softplus")(lambda package: discretised(package, size=64.0))


case("bfloat16 weights and tokens", dtype=torch.bfloat16)(lambda package: discretised(package))
