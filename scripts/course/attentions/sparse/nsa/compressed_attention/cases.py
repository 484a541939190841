"""What attentions.sparse.nsa.compressed_attention is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw


def attended(package, position: torch.Tensor, n: int, size: int, stride: int, H: int = 4, G: int = 2) -> dict:
    D = 6
    given = {
        "query": draw(2, H, position.size(-1), D, seed=1),
        "key": draw(2, G, n, D, seed=2),
        "value": draw(2, G, n, D, seed=3),
    }
    return ask(package.attentions.sparse.nsa.compressed_attention, given, position.clone(), size, stride, 0.7)


case("eight tokens, and spans of four at every second one")(lambda package: attended(package, torch.arange(8), 3, 4, 2))


case("a text that ends before its first span")(lambda package: attended(package, torch.arange(2), 1, 3, 3))


case("as many heads, spans and queries, from position 5 on")(
    lambda package: attended(package, torch.arange(5, 9), 4, 3, 2, G=4)
)


case("two new tokens of sequences that stand at different positions")(
    lambda package: attended(package, together([8, 9], [1, 2]), 4, 3, 2)
)


@case("bfloat16 queries, keys and values", dtype=torch.bfloat16)
def bfloat16(package):
    query, key, value = draw(1, 2, 9, 6, seed=1), draw(1, 1, 4, 6, seed=2), draw(1, 1, 4, 6, seed=3)
    out, weights = package.attentions.sparse.nsa.compressed_attention(query, key, value, torch.arange(9), 3, 2, 0.7)
    # Their sums tell whether the weights are exact.
    return {"out": out, "the dtype of the weights": str(weights.dtype), "their sums": weights.sum(-1)}
