"""What placements.streams.mhc.ManifoldConnection.forward is asked."""

import torch

from scripts.workshop.check.cases import case, draw, fill, outcome, small


def computed(package, streams: torch.Tensor, iters: int = 4, closed: float = 0.0, **changes) -> dict:
    module = fill(package.placements.streams.mhc.ManifoldConnection(small(sinkhorn_iters=iters, **changes), 1))
    with torch.no_grad():
        module.bias[: streams.shape[-2]] -= closed

    def all_numbers(streams: torch.Tensor) -> torch.Tensor:
        read, write, mix = module(streams)
        return torch.cat((read, write, mix.flatten(-2)), dim=-1)

    with torch.no_grad():
        numbers = module(streams)
    report = {"the shapes": [tuple(each.shape) for each in numbers], "read": numbers[0]}
    return report | outcome(all_numbers, streams, module=module)


case("four streams")(lambda package: computed(package, draw(2, 5, 4, 24)))


case("three streams that have grown large")(lambda package: computed(package, 20 * draw(2, 5, 3, 24), n_stream=3))


case("streams so small that eps counts")(lambda package: computed(package, draw(2, 5, 4, 24) / 16))


case("one iteration")(lambda package: computed(package, draw(2, 5, 4, 24), iters=1))


case("streams that are hardly read, so that eps counts")(
    lambda package: computed(package, draw(2, 5, 4, 24), closed=16.0)
)


@case("bfloat16 streams and weights", dtype=torch.bfloat16)
def narrow(package):
    streams, wide = draw(2, 5, 4, 24), torch.promote_types(torch.get_default_dtype(), torch.float32)
    module = fill(package.placements.streams.mhc.ManifoldConnection(small(sinkhorn_iters=20), 1))
    with torch.no_grad():
        numbers = module(streams)
    return {"they are at least float32": [part.dtype == wide for part in numbers], "write": numbers[1]}
