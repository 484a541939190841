"""What placements.streams.hyper_connections.HyperBlock.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype, in_two_parts, passed
from scripts.workshop.check.cases import case, draw


def asked(package, x: torch.Tensor, layer: int = 1, kind: str = "hyper_connections.HyperBlock") -> dict:
    file, name = kind.split(".")
    return passed(package, getattr(getattr(package.placements.streams, file), name), x, layer)


case("the streams of a layer in the middle")(lambda package: asked(package, draw(2, 5, 4, 24)))


case("the first layer, which is given the embedding")(lambda package: asked(package, draw(2, 5, 24), layer=0))


case("the last layer, which returns one vector for each token")(
    lambda package: asked(package, draw(2, 5, 4, 24), layer=2)
)


case("connections that are computed from the streams (mHC)")(
    lambda package: asked(package, draw(2, 5, 4, 24), kind="mhc.ManifoldHyperBlock")
)


@case("a cache, and a text in two parts", track="inference")
def cached(package):
    block = package.placements.streams.hyper_connections.HyperBlock
    return in_two_parts(package, block, draw(2, 6, 4, 24), layer=1)


case("bfloat16 weights and inputs", dtype=torch.bfloat16)(
    lambda package: {"the dtype": bfloat16_dtype(asked(package, draw(2, 5, 4, 24)))["the dtype"]}
)
