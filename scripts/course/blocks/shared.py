"""What every block is asked, in whichever file it stands."""

import operator

import torch

from scripts.workshop.check.cases import case_of, draw, fill, outcome, rotary_tables, small


def pass_through(package, kind: str, x: torch.Tensor, layer: int = 0, **changes) -> dict:
    """kind: the block's file and class, `placements.post.PostNormBlock`."""
    # Norms with weights, so that it shows which norm is used where.
    module = fill(operator.attrgetter(kind)(package)(small(normalization="rmsnorm", **changes), layer))
    context = package.positions.Context(torch.arange(x.shape[1]), *rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


def forward_cases(kind: str, layer: int = 0, **changes) -> None:
    """layer: which one of the model the block is, from 0."""
    piece = f"{kind}.forward"

    def passed(package, x: torch.Tensor) -> dict:
        return pass_through(package, kind, x, layer, **changes)

    case_of(piece, "an ordinary residual stream")(lambda package: passed(package, draw(2, 5, 24)))
    case_of(piece, "a residual stream that has grown large")(lambda package: passed(package, 20 * draw(2, 5, 24)))
    case_of(piece, "a residual stream so small that eps counts")(lambda package: passed(package, draw(2, 5, 24) / 16))

    @case_of(piece, "a cache, and a text in two parts", track="inference")
    def cached(package):
        module = fill(operator.attrgetter(kind)(package)(small(normalization="rmsnorm", **changes), layer))
        cache, report = package.decoding.cache.ContiguousCache(12), {}
        for start, length in ((0, 4), (4, 2)):
            position = torch.arange(start, start + length).expand(2, -1)
            tables = (table.expand(2, -1, -1, -1) for table in rotary_tables(length, start=start))
            context = package.positions.Context(position, *tables, cache=cache)
            with torch.no_grad():
                report[f"the result from token {start} on"] = module(draw(2, length, 24, seed=start), context)
        return report

    case_of(piece, "bfloat16 weights and inputs", torch.bfloat16)(
        lambda package: {"the dtype": str(passed(package, draw(2, 5, 24))["the result"].dtype)}
    )
