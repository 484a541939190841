"""What attentions.recurrent.linear.decay_matrix is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def matrix(package, log_decay: torch.Tensor) -> dict:
    return ask(package.attentions.recurrent.linear.decay_matrix, {"log_decay": log_decay})


case("five tokens")(lambda package: matrix(package, -draw(2, 3, 5, seed=1).abs()))


case("a single token")(lambda package: matrix(package, -draw(2, 1, seed=2).abs()))


case("no batch")(lambda package: matrix(package, -draw(4, seed=3).abs()))


# The product of all is 0 in float32, and its inverse infinite.
case("decays whose product has no float")(
    lambda package: matrix(package, -64.0 * torch.tensor([1.0, 1.0, 0.0, 0.0, 1.0]).expand(2, -1))
)


case("bfloat16 decays", dtype=torch.bfloat16)(
    lambda package: {
        "the dtype": str(package.attentions.recurrent.linear.decay_matrix(-draw(2, 4, seed=5).abs()).dtype)
    }
)
