"""What attentions.sparse.key_blocks.token_mask is asked."""

import torch

from scripts.course.positions.shared import together
from scripts.workshop.check.cases import case, draw, outcome


def masks(package, query: torch.Tensor, key: torch.Tensor, size: int, heads: int = 2, B: int = 2) -> dict:
    N = -(-key.size(-1) // size)
    # Any choice, of the future too; always the query's own block.
    own = (query // size).view(-1, 1, query.size(-1), 1) == torch.arange(N)
    chosen = (draw(B, heads, query.size(-1), N, seed=3) > 0) | own
    return outcome(package.attentions.sparse.key_blocks.token_mask, chosen, query, key, size)


@case("seven tokens in blocks of three")
def plain(package):
    return masks(package, torch.arange(7), torch.arange(7), 3)


@case("four tokens, heads, sequences and blocks")
def square(package):
    return masks(package, torch.arange(4), torch.arange(4), 1, heads=4, B=4)


@case("two new tokens, and sequences of different lengths in a cache")
def cached(package):
    return masks(package, together([6, 7], [2, 3]), together(range(8), range(8)), 2, heads=3)


@case("new tokens of all sequences at the same positions, blocks of four")
def later(package):
    return masks(package, torch.arange(5, 9), torch.arange(9), 4)
