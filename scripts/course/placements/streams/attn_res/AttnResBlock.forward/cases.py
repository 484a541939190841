"""What placements.streams.attn_res.AttnResBlock.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype, in_two_parts, passed
from scripts.workshop.check.cases import case, draw


def asked(package, x: torch.Tensor, layer: int, layers_per_sum: int = 2) -> dict:
    block = package.placements.streams.attn_res.AttnResBlock
    return passed(package, block, x, layer, layers_per_sum=layers_per_sum)


case("the first layer, which is given the embedding")(lambda package: asked(package, draw(2, 5, 24), 0))


case("a layer that adds to a sum")(lambda package: asked(package, draw(2, 5, 2, 24), 1))


case("a layer that begins a sum")(lambda package: asked(package, draw(2, 5, 2, 24), 1, layers_per_sum=1))


case("the last layer, which returns one vector for each token")(lambda package: asked(package, draw(2, 5, 3, 24), 2))


@case("a cache, and a text in two parts", track="inference")
def cached(package):
    block = package.placements.streams.attn_res.AttnResBlock
    return in_two_parts(package, block, draw(2, 6, 2, 24), layer=1)


case("bfloat16 weights and inputs", dtype=torch.bfloat16)(
    lambda package: {"the dtype": bfloat16_dtype(asked(package, draw(2, 5, 2, 24), 1))["the dtype"]}
)
