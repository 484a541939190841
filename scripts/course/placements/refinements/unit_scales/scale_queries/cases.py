"""What placements.refinements.unit_scales.scale_queries is asked."""

from types import SimpleNamespace

import torch

from scripts.workshop.check.cases import case, draw, outcome


def scaled(package, H: int = 4, G: int = 2, D: int = 6, T: int = 5) -> dict:
    weight = draw(H * D, seed=1).requires_grad_()
    # What is stored is half of the factor.
    layer = SimpleNamespace(n_head=H, n_kv_head=G, head_dim=D, qk_scale=lambda: 2 * weight)
    query, key = draw(2, T, H, D, seed=2), draw(2, T, G, D, seed=3)
    layer.qk_scale.weight = weight
    context = package.positions.Context(torch.arange(T))
    run = package.placements.refinements.unit_scales.scale_queries
    report = outcome(lambda query, key: run(layer, query, key, context)[0], query, key)
    report["the keys"] = run(layer, query, key, context)[1].detach()
    return report | {"the gradient to s": weight.grad}


case("two query heads for each key")(scaled)


case("a key for every query head, and as many tokens")(lambda package: scaled(package, G=4, T=4))


case("as many heads as elements of each")(lambda package: scaled(package, H=6, T=6))


@case("bfloat16 queries, factors in float32", dtype=torch.bfloat16)
def bfloat16(package):
    # Their squares have the digits of bfloat16, and they themselves do not.
    roots = torch.tensor([3.0, 5, 6, 7, 10, 11], dtype=torch.float64).sqrt()
    roots = roots.to(torch.promote_types(torch.get_default_dtype(), torch.float32))
    layer = SimpleNamespace(n_head=2, n_kv_head=1, head_dim=3, qk_scale=lambda: roots)
    query, context = torch.ones(1, 1, 2, 3), package.positions.Context(torch.arange(1))
    run = package.placements.refinements.unit_scales.scale_queries
    result = run(layer, query, query[:, :, :1], context)[0]
    return {"the result": result, "the dtype": str(result.dtype)}
