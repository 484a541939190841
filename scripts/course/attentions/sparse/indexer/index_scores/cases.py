"""What attentions.sparse.indexer.index_scores is asked."""

import torch

from scripts.course.attentions.recurrent.shared import ask
from scripts.workshop.check.cases import case, draw


def scored(package, B: int, Tq: int, Tk: int, H: int, D: int) -> dict:
    given = {"query": draw(B, Tq, H, D, seed=1), "key": draw(B, Tk, D, seed=2), "weights": draw(B, Tq, H, seed=3)}
    return ask(package.attentions.sparse.indexer.index_scores, given)


case("two sequences, and keys of earlier tokens")(lambda package: scored(package, 2, 3, 5, 4, 6))


case("as many sequences, tokens, heads and elements")(lambda package: scored(package, 3, 3, 3, 3, 3))


case("one query, one key, one head")(lambda package: scored(package, 1, 1, 1, 1, 2))


@case("bfloat16 queries, keys and weights", dtype=torch.bfloat16)
def bfloat16(package):
    query, key, weights = draw(1, 2, 3, 8, seed=1), draw(1, 4, 8, seed=2), draw(1, 2, 3, seed=3)
    found = package.attentions.sparse.indexer.index_scores(query, key, weights)
    return {"the result": found, "the dtype": str(found.dtype)}
