"""What placements.streams.hyper_connections.read_streams is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, outcome


def read(package, streams: torch.Tensor, weights: torch.Tensor) -> dict:
    weights = weights.requires_grad_()
    report = outcome(package.placements.streams.hyper_connections.read_streams, streams, weights)
    return report | {"the gradient to the weights": weights.grad}


case("the same weights for all tokens")(lambda package: read(package, draw(2, 5, 3, 8), draw(3, seed=1)))


case("weights for every token")(lambda package: read(package, draw(2, 5, 3, 8), draw(2, 5, 3, seed=1)))


case("as many tokens as streams")(lambda package: read(package, draw(3, 3, 3, 8), draw(3, 3, 3, seed=1)))


case("one stream")(lambda package: read(package, draw(2, 5, 1, 8), draw(2, 5, 1, seed=1)))


@case("bfloat16 streams, weights in float32", dtype=torch.bfloat16)
def narrow(package):
    weights = draw(2, 5, 3, seed=1).to(torch.promote_types(torch.get_default_dtype(), torch.float32)) / 3
    return bfloat16_dtype(read(package, draw(2, 5, 3, 8), weights))
