"""What attentions.sparse.moba.MoBAAttention.mask is asked."""

import torch

from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw, outcome, small


def mask(package, query: torch.Tensor, key: torch.Tensor, B: int = 2, **fields) -> dict:
    module = package.attentions.sparse.moba.MoBAAttention(small(attention_type="moba", **fields), 0)
    queries, keys = draw(B, 4, query.size(-1), 6, seed=1), draw(B, 2, key.size(-1), 6, seed=2)
    return outcome(module.mask, queries, keys, query, key)


@case("eleven tokens in blocks of two, of which three are read")
def plain(package):
    return mask(package, torch.arange(11), torch.arange(11), moba_block_size=2)


@case("as many blocks to read as there are")
def everything(package):
    return mask(package, torch.arange(8), torch.arange(8), moba_block_size=3, moba_topk=3)


@case("two new tokens, sequences of different lengths in a cache, and two blocks of two")
def cached(package):
    positions = together([9, 10], [4, 5]), together(range(11), range(11))
    return mask(package, *positions, moba_block_size=2, moba_topk=2)


@case("a block of the query's own alone")
def own(package):
    return mask(package, torch.arange(7), torch.arange(7), moba_block_size=3, moba_topk=1)
