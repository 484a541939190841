"""What attentions.relative.relative_bias is asked."""

import torch

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw, outcome


def biases(package, extent: int, query: torch.Tensor, key: torch.Tensor, B: int = 2, H: int = 3) -> dict:
    def visible(by_distance, query, key):
        bias = package.attentions.relative.relative_bias(by_distance, query, key)
        # What lies ahead is hidden, whatever its bias.
        ahead = query[..., :, None] < key[..., None, :]
        return bias.masked_fill(ahead.unsqueeze(-3), 0.0)

    return outcome(visible, draw(B, query.size(-1), H, extent, seed=1), query, key)


@case("six tokens, and an extent of three")
def plain(package):
    return biases(package, 3, torch.arange(6), torch.arange(6))


@case("as many sequences, heads and tokens as the extent")
def square(package):
    return biases(package, 3, torch.arange(3), torch.arange(3), B=3)


@case("two new tokens, and sequences of different lengths in a cache")
def cached(package):
    return biases(package, 4, together([5, 6], [2, 3]), together(range(7), range(7)))


@case("one new token, keys in the order of a rolling cache, an empty slot, and an extent beyond all of them")
def rolling(package):
    return biases(package, 9, together([7], [2]), together([4, 5, 6, 3, 7], [0, 1, EMPTY_SLOT, EMPTY_SLOT, 2]))


@case("bfloat16 numbers", dtype=torch.bfloat16)
def bfloat16(package):
    return {"the result": biases(package, 3, torch.arange(5), torch.arange(5))["the result"]}
