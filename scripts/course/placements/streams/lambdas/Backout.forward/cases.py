"""What placements.streams.lambdas.Backout.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, fill, outcome


def asked(package, x: torch.Tensor) -> dict:
    module = fill(package.placements.streams.lambdas.Backout())
    x0, middle = draw(*x.shape, seed=1).to(x.dtype), draw(*x.shape, seed=2).to(x.dtype).requires_grad_()
    carried = package.placements.streams.lambdas.Carried
    report = outcome(lambda x: module(carried(x, x0, middle)), x, module=module)
    return report | {"the gradient to middle": middle.grad}


case("a stream that has changed since the middle")(lambda package: asked(package, draw(2, 5, 24)))


@case("a bfloat16 stream, and a weight in float32", dtype=torch.bfloat16)
def narrow(package):
    module = fill(package.placements.streams.lambdas.Backout()).float()
    x, middle = draw(2, 3, 24).bfloat16(), draw(2, 3, 24, seed=2).bfloat16()
    return {
        "the dtype": bfloat16_dtype({"the result": module(package.placements.streams.lambdas.Carried(x, x, middle))})[
            "the dtype"
        ]
    }
