"""What placements.streams.mhc.sinkhorn is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def made(package, logits: torch.Tensor, iters: int) -> dict:
    return outcome(package.placements.streams.mhc.sinkhorn, logits, iters)


case("a matrix for every token")(lambda package: made(package, 2 * draw(2, 5, 3, 3), 20))


case("two iterations")(lambda package: made(package, 2 * draw(2, 5, 4, 4), 2))


case("one iteration")(lambda package: made(package, 2 * draw(2, 5, 4, 4), 1))


case("one matrix")(lambda package: made(package, draw(4, 4), 5))


# Rows that choose all the same column: there eps counts.
case("logits far apart")(lambda package: made(package, torch.tensor([[40.0, 0, -40], [40, 1, 0], [30, 0, 0]]), 3))


case("bfloat16", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(made(package, draw(2, 5, 3, 3), 3)["the result"].dtype)}
)
