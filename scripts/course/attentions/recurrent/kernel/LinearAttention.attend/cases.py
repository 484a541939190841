"""What attentions.recurrent.kernel.LinearAttention.attend is asked."""

import torch

from scripts.course.attentions.recurrent.kernel.shared import layer
from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def attended(package, B: int, H: int, T: int, D: int, scale: float = 1.0) -> dict:
    given = {
        "query": draw(B, H, T, D, seed=1).exp(),
        "key": scale * draw(B, H, T, D, seed=2).exp(),
        "value": draw(B, H, T, D, seed=3),
    }
    module, context = layer(package), package.positions.Context(torch.arange(T))
    return ask(lambda *entries: module.attend(*entries, context), given)


case("five tokens")(lambda package: attended(package, 2, 4, 5, 3))


case("a single token")(lambda package: attended(package, 1, 2, 1, 5))


case("as many sequences, heads, tokens and elements")(lambda package: attended(package, 3, 3, 3, 3))


# Nothing to take a mean of: 0, and not 0 divided by 0.
case("features that are all zero")(lambda package: attended(package, 1, 2, 3, 4, scale=0.0))


@case("a cache, and a text in parts")
def cached(package):
    module, report = layer(package), {}
    cache = package.attentions.recurrent.states.StateCache(rollback_window=0)
    for start, length in ((0, 4), (4, 1), (5, 2)):
        position = torch.arange(start, start + length).expand(2, -1)
        context = package.positions.Context(position, cache=cache)
        entries = [draw(2, length, 3, 5, seed=start + n) for n in range(3)]
        query, key, value = (each.transpose(1, 2) for each in entries)
        with torch.no_grad():
            report[f"{length} tokens from {start} on"] = module.attend(query.exp(), key.exp(), value, context)
    return report


case("bfloat16 entries", dtype=torch.bfloat16)(
    lambda package: {"the dtype": str(attended(package, 1, 2, 4, 3)["result 1"].dtype)}
)


# The mean is as small as ever.
case("float16 features whose weights add up to more than float16 holds", dtype=torch.float16)(
    lambda package: {"the result": attended(package, 1, 2, 4, 3, scale=5000.0)["result 1"]}
)
