"""Cases for attention.py."""

import torch

from scripts.workshop.check.cases import draw, fill, outcome, rotary_tables


def context_of(package, head_dim: int, *starts: int, length: int, **further):
    """What a layer is told with rotary positions. starts: where each sequence starts, or one number for all."""
    tables = [rotary_tables(length, head_dim, start) for start in starts]
    positions = [torch.arange(start, start + length) for start in starts]
    if len(starts) == 1:
        return package.positions.Context(positions[0], *tables[0])._replace(**further)
    cos, sin = (torch.stack(rows) for rows in zip(*tables, strict=True))
    return package.positions.Context(torch.stack(positions), cos, sin)._replace(**further)


def attend(package, config, length: int, spread: float = 0.5, starts: tuple[int, ...] = (0,)) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = context_of(package, config.head_dim, *starts, length=length)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)
