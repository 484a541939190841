"""What attentions.recurrent.gated_norm.GatedRMSNorm.forward is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw, fill


def normed(package, *shape: int, eps: float = 1e-2) -> dict:
    module = fill(package.attentions.recurrent.gated_norm.GatedRMSNorm(shape[-1], eps))
    report = ask(module, {"x": draw(*shape, seed=1), "gate": 2 * draw(*shape, seed=2)})
    return report | {"the gradient to weight": module.weight.grad}


case("heads of several tokens")(lambda package: normed(package, 2, 3, 2, 6))


case("short vectors, whose size eps decides")(lambda package: normed(package, 4, 8, eps=4.0))


case("bfloat16 weights and inputs", dtype=torch.bfloat16)(lambda package: normed(package, 2, 3, 8))
