"""Cases for attention.py."""

import math

import torch
from torch import Tensor

from scripts.workshop.check.cases import draw, fill, outcome, rotary_tables


def context_of(package, head_dim: int, *starts: int, length: int, **further):
    """What a layer is told with rotary positions. starts: where each sequence starts, or one number for all."""
    tables = [rotary_tables(length, head_dim, start) for start in starts]
    positions = [torch.arange(start, start + length) for start in starts]
    if len(starts) == 1:
        return package.positions.Context(positions[0], *tables[0])._replace(**further)
    cos, sin = (torch.stack(rows) for rows in zip(*tables, strict=True))
    return package.positions.Context(torch.stack(positions), cos, sin)._replace(**further)


def raised(query: Tensor, key: Tensor, height: float) -> tuple[Tensor, Tensor]:
    """Queries and keys (B, T, heads, D), moved so that all their products lie around D * height^2; where the height is
    negative, those with every other key, the first among them, as far below zero."""
    if not height:
        return query, key
    size, apart = abs(height), 2.0 ** -round(math.log2(abs(height)))
    signs = torch.tensor([math.copysign(1.0, height), 1.0]).repeat(key.size(1))[: key.size(1)]
    return size + apart * query, (size + apart * key) * signs[:, None, None]


def attend(package, config, length: int, spread: float = 0.5, starts: tuple[int, ...] = (0,)) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = context_of(package, config.head_dim, *starts, length=length)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)
