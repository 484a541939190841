"""What placements.streams.lambdas.LambdaBlock.forward is asked."""

import torch

from scripts.course.placements.streams.shared import bfloat16_dtype
from scripts.workshop.check.cases import case, draw, fill, outcome, rotary_tables, small

ALL = {"residual_stream": "lambdas", "smear": True, "backout": True, "value_embeddings": True}


def built(package, layer: int, n_layer: int = 5):
    """Norms with weights, so that it shows which norm is used where."""
    config = small(normalization="rmsnorm", n_layer=n_layer, **ALL)
    return fill(package.placements.streams.lambdas.LambdaBlock(config, layer))


def carried(package, x: torch.Tensor):
    """Of five layers, 0, 2 and 4 have values that are joined."""
    others = (draw(*x.shape, seed=seed).to(x.dtype) for seed in (1, 2))
    embedded = draw(*x.shape[:2], 12, seed=3).to(x.dtype)
    return package.placements.streams.lambdas.Carried(x, *others, (embedded, None, embedded, None, embedded))


def together(result) -> torch.Tensor:
    """All that is carried, in one tensor."""
    return result if isinstance(result, torch.Tensor) else torch.cat((result.x, result.x0, result.middle), dim=-1)


def passed(package, x: torch.Tensor, layer: int, **options) -> dict:
    module = built(package, layer, **options)
    context = package.positions.Context(torch.arange(x.shape[1]), *rotary_tables(x.shape[1]))
    return outcome(lambda x: together(module(carried(package, x), context)), x, module=module)


case("the first layer, which is given embeddings")(lambda package: passed(package, draw(2, 5, 24), layer=0))


case("a layer without value embeddings")(lambda package: passed(package, draw(2, 5, 24), layer=1))


case("the middle layer")(lambda package: passed(package, draw(2, 5, 24), layer=2))


case("the last layer, which returns one vector for each token")(
    lambda package: passed(package, draw(2, 5, 24), layer=4)
)


case("the only layer, which is the middle and the last one as well")(
    lambda package: passed(package, draw(1, 3, 24), layer=0, n_layer=1)
)


@case("a cache, and a text in two parts", track="inference")
def cached(package):
    module = built(package, 2)
    cache, report = package.decoding.cache.ContiguousCache(12), {}
    for start, part in zip((0, 4), draw(2, 6, 24).split((4, 2), dim=1), strict=True):
        length = part.shape[1]
        tables = (table.expand(2, -1, -1, -1) for table in rotary_tables(length, start=start))
        context = package.positions.Context(torch.arange(start, start + length).expand(2, -1), *tables, cache=cache)
        with torch.no_grad():
            report[f"the result from token {start} on"] = together(module(carried(package, part), context))
    return report


@case("a bfloat16 stream, and lambdas in float32", dtype=torch.bfloat16)
def narrow(package):
    module = built(package, 1)
    module.resid_lambda.data, module.x0_lambda.data = module.resid_lambda.data.float(), module.x0_lambda.data.float()
    context = package.positions.Context(torch.arange(5), *rotary_tables(5))
    with torch.no_grad():
        result = module(carried(package, draw(2, 5, 24)), context)
    return {"the dtype": bfloat16_dtype({"the result": result.x})["the dtype"]}
