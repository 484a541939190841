"""What attentions.recurrent.mamba2.GroupedGatedNorm.forward is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw, fill


def normed(package, *shape: int, n_group: int = 2, eps: float = 1e-2) -> dict:
    module = fill(package.attentions.recurrent.mamba2.GroupedGatedNorm(shape[-1], n_group, eps))
    report = ask(module, {"x": draw(*shape, seed=1), "gate": 2 * draw(*shape, seed=2)})
    return report | {"the gradient to weight": module.weight.grad}


case("two groups of three channels")(lambda package: normed(package, 2, 3, 6))


case("one group, and vectors so short that eps decides")(lambda package: normed(package, 2, 4, 8, n_group=1, eps=4.0))


case("bfloat16 weights and inputs", dtype=torch.bfloat16)(lambda package: normed(package, 2, 3, 8))
