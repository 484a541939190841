"""What placements.depth_scaled.depth_scaled_sum is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def summed(package, i: int, x: torch.Tensor) -> dict:
    added = draw(*x.shape, seed=1).requires_grad_()
    report = outcome(package.placements.depth_scaled.depth_scaled_sum, x, added, i)
    return report | {"the gradient to what is added": added.grad}


case("the second addend")(lambda package: summed(package, 2, draw(2, 5, 8)))


case("the third")(lambda package: summed(package, 3, draw(2, 5, 8)))


case("the sixteenth")(lambda package: summed(package, 16, 3 * draw(2, 5, 8)))


case("bfloat16", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(summed(package, 3, draw(2, 5, 8))["the result"].dtype)}
)
