"""What placements.streams.smear.Smear.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, fill, outcome, small


def smeared(package, x: torch.Tensor) -> dict:
    module = fill(package.placements.streams.smear.Smear(small(n_embd=32)))
    context = package.positions.Context(torch.arange(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


case("a text of five tokens")(lambda package: smeared(package, draw(2, 5, 32)))


case("a single token, which has none before it")(lambda package: smeared(package, draw(2, 1, 32)))


@case("a cache, and a text in three parts", track="inference")
def cached(package):
    module = fill(package.placements.streams.smear.Smear(small(n_embd=32)))
    cache = package.decoding.cache.RollingCache(1)
    report, start = {}, 0
    for part in draw(2, 6, 32).split((3, 1, 2), dim=1):
        position = torch.arange(start, start + part.shape[1]).expand(2, -1)
        with torch.no_grad():
            report[f"the result from token {start} on"] = module(part, package.positions.Context(position, cache=cache))
        start += part.shape[1]
    return report


case("bfloat16 weights and inputs", dtype=torch.bfloat16)(
    lambda package: {"the dtype": bfloat16_dtype(smeared(package, draw(2, 5, 32)))["the dtype"]}
)
