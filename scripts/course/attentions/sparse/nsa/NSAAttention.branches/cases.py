"""What attentions.sparse.nsa.NSAAttention.branches is asked."""

import torch

from scripts.course.attention.shared import context_of
from scripts.course.attentions.recurrent.shared import ask
from scripts.course.attentions.shared import by_distance
from scripts.course.attentions.sparse.shared import nsa_layer
from scripts.workshop.check.cases import case, draw


def branches(package, T: int, H: int = 4, G: int = 2, told: dict | None = None, **changes) -> dict:
    module = nsa_layer(package, n_head=H, n_kv_head=G, head_dim=6, **changes)
    context = context_of(package, 6, 0, length=T, **told or {})
    given = {
        name: draw(2, T, heads, 6, seed=heads + n)
        for n, (name, heads) in enumerate((("query", H), ("key", 3 * G), ("value", 3 * G)))
    }
    return ask(lambda query, key, value: module.branches(query, key, value, context), given)


case("eleven tokens, and a key/value head for every query head")(lambda package: branches(package, 11, G=4))


case("as many tokens as heads, one group, and positions that add a bias")(
    lambda package: branches(package, 4, G=1, told={"bias": by_distance(4)}, softmax_scale=0.3)
)


@case("bfloat16 queries, keys and values", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the dtype": str(branches(package, 3)["result 1"].dtype)}


@case("a cache, and a text in three parts, the second sequence ahead of the first")
def cached(package):
    module, report, read = nsa_layer(package), {}, 0
    cache = package.decoding.cache.ContiguousCache(12)
    for part, length in enumerate((8, 1, 2), start=1):
        context = context_of(package, 6, read, read + (part > 1), length=length, cache=cache)
        inputs = draw(2, length, 4, 6, seed=part), *(draw(2, length, 6, 6, seed=10 * n + part) for n in (1, 2))
        with torch.no_grad():
            report[f"the result for part {part}"] = module.branches(*inputs, context)
        read += length
    return report
