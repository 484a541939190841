"""What placements.refinements.ssmax.SSMax.forward is asked."""

import torch

from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw, fill, outcome


def scaled(package, B: int, position: torch.Tensor, H: int = 3) -> dict:
    module = fill(package.placements.refinements.ssmax.SSMax(H))
    query = draw(B, position.size(-1), H, 6, seed=1)
    return outcome(lambda query, position: module(query, position), query, position, module=module)


@case("positions 0 to 4")
def plain(package):
    return scaled(package, 2, torch.arange(5))


@case("one new token, behind a cache of 99")
def behind_a_cache(package):
    return scaled(package, 2, torch.tensor([99]))


@case("sequences that stand at different positions")
def elsewhere(package):
    return scaled(package, 2, together([7, 8, 9], [0, 1, 2]))


@case("as many sequences, heads and tokens as elements of a head")
def square(package):
    return scaled(package, 6, together(*(range(start, start + 6) for start in range(6))), H=6)


@case("bfloat16 queries and weights", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": scaled(package, 2, torch.arange(5))["the result"]}


@case("float16 queries, at a position that float16 cannot hold", dtype=torch.float16)
def far(package):
    return {"the result": scaled(package, 1, torch.tensor([70000]))["the result"]}
