"""Cases for attention.py."""

from collections.abc import Callable

import torch
from torch import Tensor

from scripts.workshop.check.cases import (
    draw,
    fill,
    outcome,
    rotary_tables,
)

INIT, FORWARD = "attention.CausalSelfAttention.__init__", "attention.CausalSelfAttention.forward"


# QK norms with weights of their own, so that it shows whether they come before the rotation or after it.
WEIGHTED = {"qk_normalization": "rmsnorm"}


def context_of(package, head_dim: int, *starts: int, length: int, **further):
    """What a layer is told with rotary positions. starts: where each sequence starts, or one number for all."""
    tables = [rotary_tables(length, head_dim, start) for start in starts]
    positions = [torch.arange(start, start + length) for start in starts]
    if len(starts) == 1:
        return package.positions.Context(positions[0], *tables[0])._replace(**further)
    cos, sin = (torch.stack(rows) for rows in zip(*tables, strict=True))
    return package.positions.Context(torch.stack(positions), cos, sin)._replace(**further)


def attend(package, config, length: int, spread: float = 0.5, starts: tuple[int, ...] = (0,), **told) -> dict:
    module = fill(package.attention.CausalSelfAttention(config), spread)
    context = context_of(package, config.head_dim, *starts, length=length, **told)
    return outcome(lambda x: module(x, context), draw(max(len(starts), 2), length, config.n_embd), module=module)


def by_distance(n_head: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A bias on the scores, as positions tell it: for every head and distance another number."""

    def bias(query_position: Tensor, key_position: Tensor) -> Tensor:
        distance = query_position[..., None, :, None] - key_position[..., None, None, :]
        return draw(n_head, 13, seed=7)[torch.arange(n_head)[:, None, None], distance]

    return bias


SHARES = ("share_q1", "share_k1", "share_q2", "share_k2")
