"""What attentions.sparse.key_blocks.block_mask is asked."""

import torch

from scripts.workshop.check.cases import case, draw, outcome


def blocks_of(package, mask: torch.Tensor, query_size: int, key_size: int) -> dict:
    return outcome(package.attentions.sparse.key_blocks.block_mask, mask, query_size, key_size)


@case("eight causal tokens, and blocks of four")
def causal(package):
    return blocks_of(package, torch.ones(8, 8, dtype=torch.bool).tril(), 4, 4)


@case("a window, last blocks that are shorter, and blocks of three queries by five keys")
def window(package):
    return blocks_of(package, torch.ones(7, 8, dtype=torch.bool).tril().triu(-1), 3, 5)


@case("a few visible keys in two sequences with three heads, and blocks of three queries by two keys")
def few(package):
    return blocks_of(package, draw(2, 3, 6, 8) > 1.3, 3, 2)


@case("single queries")
def single(package):
    return blocks_of(package, torch.ones(5, 5, dtype=torch.bool).tril(), 1, 2)
