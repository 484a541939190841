"""What placements.streams.attn_res.AttentionResidual.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, fill, outcome, small


def mixed(package, sums: torch.Tensor, std: float = 3.0) -> dict:
    module = fill(package.placements.streams.attn_res.AttentionResidual(small()), std)
    return outcome(module, sums, module=module)


case("three sums")(lambda package: mixed(package, draw(2, 5, 3, 24)))


@case("later sums that are longer")
def longer(package):
    return mixed(package, draw(2, 5, 4, 24) * torch.tensor([1.0, 2, 4, 8])[:, None])


case("sums so small that eps counts")(lambda package: mixed(package, draw(2, 5, 3, 24) / 16))


case("one sum")(lambda package: mixed(package, draw(2, 5, 1, 24)))


case("a query of zeros, as at first")(lambda package: mixed(package, draw(2, 5, 3, 24), std=0.0))


@case("bfloat16 sums, large scores that are close", dtype=torch.bfloat16)
def narrow(package):
    # All differ, but the query looks at the first channel, where they are nearly the same.
    sums = draw(2, 5, 3, 24).sign()
    sums[..., 0] = torch.tensor([4, 4.125, 4.25])
    module = fill(package.placements.streams.attn_res.AttentionResidual(small()), std=0.0)
    with torch.no_grad():
        module.query[0] = 200.0
        return bfloat16_dtype({"the result": module(sums)})
