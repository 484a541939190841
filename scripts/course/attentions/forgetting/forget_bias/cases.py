"""What attentions.forgetting.forget_bias is asked."""

import torch

from reference.decoding.cache import EMPTY_SLOT
from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw, outcome


def biases(package, query: torch.Tensor, key: torch.Tensor, B: int = 2, H: int = 3) -> dict:
    def visible(log_f, query, key):
        bias = package.attentions.forgetting.forget_bias(log_f, query, key)
        # What lies ahead is hidden, whatever its bias.
        ahead = query[..., :, None] < key[..., None, :]
        return bias.masked_fill(ahead.unsqueeze(-3), 0.0)

    return outcome(visible, -draw(B, key.size(-1), H, seed=1).abs(), query, key)


@case("five tokens")
def plain(package):
    return biases(package, torch.arange(5), torch.arange(5))


@case("one sequence, and as many heads as tokens")
def square(package):
    return biases(package, torch.arange(3), torch.arange(3), B=1)


@case("two new tokens, and sequences of different lengths in a cache")
def cached(package):
    return biases(package, together([5, 6], [2, 3]), together(range(7), range(7)))


@case("new tokens, keys in the order of a rolling cache, and empty slots")
def rolling(package):
    key = together([4, 5, 6, 3, 7, 8], [0, 1, EMPTY_SLOT, EMPTY_SLOT, 2, 3])
    return biases(package, together([7, 8], [2, 3]), key)


@case("gates in float32, as attention makes them of bfloat16 tokens", dtype=torch.bfloat16)
def wide(package):
    gates = -draw(1, 40, 2).abs().float()
    bias = package.attentions.forgetting.forget_bias(gates, torch.tensor([38, 39]), torch.arange(40))
    return {"the bias of the last two queries, for the keys before": bias[..., :38]}
