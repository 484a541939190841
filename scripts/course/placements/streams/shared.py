"""What blocks with several residual streams are asked."""

import torch

from scripts.workshop.check.cases import draw, fill, outcome, rotary_tables, small


def passed(package, block, x: torch.Tensor, layer: int, **changes) -> dict:
    """block: its class. layer: which one of three the block is, from 0."""
    # Norms with weights, so that it shows which norm is used where.
    module = fill(block(small(normalization="rmsnorm", n_layer=3, **changes), layer))
    context = package.positions.Context(torch.arange(x.shape[1]), *rotary_tables(x.shape[1]))
    return outcome(lambda x: module(x, context), x, module=module)


def in_two_parts(package, block, x: torch.Tensor, layer: int, **changes) -> dict:
    """The same with a cache, of a text in two parts."""
    module = fill(block(small(normalization="rmsnorm", n_layer=3, **changes), layer))
    cache, report = package.decoding.cache.ContiguousCache(12), {}
    for start, part in zip((0, 4), x.split((4, 2), dim=1), strict=True):
        length = part.shape[1]
        tables = (table.expand(2, -1, -1, -1) for table in rotary_tables(length, start=start))
        context = package.positions.Context(torch.arange(start, start + length).expand(2, -1), *tables, cache=cache)
        with torch.no_grad():
            report[f"the result from token {start} on"] = module(part, context)
    return report


def bfloat16_dtype(report: dict) -> dict:
    return {"the dtype": str(report["the result"].dtype), "the result": report["the result"]}


__all__ = ["bfloat16_dtype", "draw", "in_two_parts", "passed"]
