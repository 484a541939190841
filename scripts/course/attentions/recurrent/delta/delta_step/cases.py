"""What attentions.recurrent.delta.delta_step is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def stepped(package, B: int, H: int, K: int, Vd: int, beta: torch.Tensor | None = None) -> dict:
    given = {
        "state": draw(B, H, K, Vd, seed=1),
        "key": draw(B, H, K, seed=2) / 2,
        "value": draw(B, H, Vd, seed=3),
        "beta": draw(B, H, seed=4).sigmoid() if beta is None else beta,
    }
    return ask(package.attentions.recurrent.delta.delta_step, given)


case("a state that holds something")(lambda package: stepped(package, 2, 3, 4, 5))


case("as many sequences, heads and elements")(lambda package: stepped(package, 3, 3, 3, 3))


case("a beta of 0 and of 1")(lambda package: stepped(package, 1, 2, 4, 2, torch.tensor([[0.0, 1.0]])))


case("bfloat16 entries", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(stepped(package, 1, 2, 4, 2)["result 1"].dtype)}
)
