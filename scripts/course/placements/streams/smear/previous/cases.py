"""What placements.streams.smear.previous is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def looked_up(package, x: torch.Tensor) -> dict:
    context = package.positions.Context(torch.arange(x.shape[1]))
    return outcome(lambda x: package.placements.streams.smear.previous(x, context), x)


def in_parts(package, lengths: tuple[int, ...], starts: tuple[tuple[int, int], ...], rollback: int = 0) -> dict:
    """One call after another, with a cache; starts: where both sequences begin in each."""
    cache, report = package.decoding.cache.RollingCache(1 + rollback), {}
    for call, (length, start) in enumerate(zip(lengths, starts, strict=True), start=1):
        position = torch.tensor(start)[:, None] + torch.arange(length)
        context = package.positions.Context(position, cache=cache)
        report[f"the result of call {call}"] = package.placements.streams.smear.previous(
            draw(2, length, 6, seed=call), context
        )
    return report


case("five tokens, and no cache")(lambda package: looked_up(package, draw(2, 5, 6)))


case("a single token, and no cache")(lambda package: looked_up(package, draw(2, 1, 6)))


case("a cache, and a text in parts", track="inference")(
    lambda package: in_parts(package, (3, 1, 2), ((0, 0), (3, 3), (4, 4)))
)


case("a cache, and tokens that were taken back", track="inference")(
    lambda package: in_parts(package, (4, 3, 1), ((0, 0), (2, 4), (4, 5)), rollback=3)
)


case("bfloat16 vectors", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(looked_up(package, draw(2, 5, 6))["the result"].dtype)}
)
