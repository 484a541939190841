"""What placements.streams.hyper_connections.write_streams is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, outcome


def written(package, *batch: int, n: int = 3, wide: bool = False) -> dict:
    streams, added, write, mix = (
        draw(2, 5, n, 8),
        draw(2, 5, 8, seed=1),
        draw(*batch, n, seed=2),
        draw(*batch, n, n, seed=3),
    )
    if wide:
        write, mix = (x.to(torch.promote_types(x.dtype, torch.float32)) / 3 for x in (write, mix))
    others = {"what is added": added, "write": write, "mix": mix}
    for x in others.values():
        x.requires_grad_()
    report = outcome(package.placements.streams.hyper_connections.write_streams, streams, added, write, mix)
    return report | {f"the gradient to {name}": x.grad for name, x in others.items()}


case("the same weights for all tokens")(written)


case("weights for every token")(lambda package: written(package, 2, 5))


case("one stream")(lambda package: written(package, 2, 5, n=1))


case("as many streams as tokens")(lambda package: written(package, 2, 5, n=5))


case("bfloat16 streams, weights in float32", dtype=torch.bfloat16)(
    lambda package: bfloat16_dtype(written(package, 2, 5, wide=True))
)
