"""The cache of a recurrent layer: a state of fixed size, and the entries of the last tokens.

A state cannot be cropped: what a token wrote is no longer apart from the rest. So the tokens that may still be cropped,
the last `rollback_window` of every sequence, are not summed up yet. Their entries wait, as keys and values do in a
cache, and are read again with the next tokens. The entries of a few more, the tail, wait for a convolution.
"""

from collections.abc import Callable
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from ...decoding.cache import RollingCache
from ...positions import Context

NO_TOKEN = -1  # the position of a slot without a token: before every text


class StateCache(RollingCache):
    """The cache of a recurrent layer. Its slots stand in the order of the positions, the last token last.

    Further attributes: rollback_window, how many tokens are not summed up; tail, how many more wait for a convolution;
    state, None at first; summed (B,), int64: the state sums up the tokens before this position.
    """

    def __init__(self, rollback_window: int, tail: int = 0):
        super().__init__(rollback_window + tail)
        self.rollback_window, self.tail = rollback_window, tail
        self.state: Tensor | None = None

    def allocate(self, entries: tuple[Float[Tensor, "B T ..."], ...]) -> None:
        """Allocate slots for entries like these; nothing is summed up yet."""
        super().allocate(entries)
        self.position = torch.full_like(self.position, NO_TOKEN)
        self.summed = self.position.new_zeros(self.position.size(0))

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """Return (key_position, *entries) of the tokens that wait and these, (B, capacity + T, ...), in order; those at
        NO_TOKEN come first, and are zeros. The last `capacity` of them wait for the next call."""
        if not self.slots:
            self.allocate(entries)
        # Cropped tokens do not wait any more: their positions come again.
        waiting = torch.where(self.position < position[:, :1], self.position, NO_TOKEN)
        key_position = torch.cat((waiting, position), dim=1)
        # Sort by position: a crop leaves gaps that differ from sequence to sequence.
        key_position, order = key_position.sort(dim=1, stable=True)
        sequence = torch.arange(position.size(0), device=position.device)[:, None]
        empty = key_position == NO_TOKEN
        cached = [torch.cat(pair, dim=1)[sequence, order] for pair in zip(self.slots, entries, strict=True)]
        cached = [each.masked_fill(empty.view(*empty.shape, *[1] * (each.ndim - 2)), 0) for each in cached]
        # A copy of the last ones, so that the memory of a long prompt is not kept with them.
        T = position.size(1)
        self.position, self.slots = key_position[:, T:].clone(), tuple(each[:, T:].clone() for each in cached)
        self.read = key_position[:, self.tail :]
        return key_position, *cached

    def scan(self, rule: Callable[..., tuple[Tensor, Tensor]], *entries: Float[Tensor, "B H N ..."]) -> Tensor:
        """What `rule` puts out for the N tokens that `update` returned behind the tail: from the state on, with those
        that are summed up already left out. Then sum up the tokens that no crop can reach any more."""
        state = start(*entries) if self.state is None else self.state
        new = self.read >= self.summed[:, None]
        out, last = rule(*keep(new, entries), state)
        if not self.rollback_window:
            self.state, self.summed = last, self.read[:, -1] + 1
            return out
        settled = torch.maximum(self.summed, self.read[:, -1] + 1 - self.rollback_window)
        _, self.state = rule(*keep(new & (self.read < settled[:, None]), entries), state)
        self.summed = settled
        return out

    def bytes_per_token(self) -> int:
        """Nothing: the cache is as large for a long sequence as for a short one."""
        return 0

    def bytes_per_sequence(self) -> int:
        """The size of the state and of the entries that wait, measured from the tensors."""
        kept = [*self.slots, *([] if self.state is None else [self.state])]
        return sum(each[0].numel() * each.element_size() for each in kept)


def start(query: Tensor, key: Tensor, value: Tensor, *others: Tensor) -> Float[Tensor, "B H K Vd"]:
    """The state before the first token: zeros."""
    return key.new_zeros(*key.shape[:2], key.size(-1), value.size(-1))


def keep(tokens: Tensor, entries: tuple[Tensor, ...]) -> list[Tensor]:
    """Entries (B, H, N, ...) where tokens (B, N) is true, else zeros, which leave every state as it is."""
    left_out = ~tokens[:, None]
    return [each.masked_fill(left_out.view(*left_out.shape, *[1] * (each.ndim - 3)), 0) for each in entries]


def recall(context: Context, tail: int, first: Tensor, *others: Tensor) -> list[Tensor]:
    """Entries (B, T, ...) of these tokens, behind those of earlier ones that are not in the state yet, if there is a
    cache. The first has `tail` tokens more in front, for a convolution: zeros before the text."""
    if context.cache is None:
        return [F.pad(first, (0, 0, tail, 0)), *others]
    _, first, *others = context.cache.update(context.position, first, *others)
    return [first, *(each[:, tail:] for each in others)]


def scan(
    context: Context, rule: Callable[..., tuple[Tensor, Tensor]], *entries: Float[Tensor, "B H N ..."]
) -> Float[Tensor, "B H N Vd"]:
    """What `rule` puts out for the tokens that `recall` returned. rule: of query, key, value, whatever else it takes of
    each token, and a state; returns (out, state). Entries and state in float32 at least, under autocast too: what is
    added up over thousands of tokens would vanish in bfloat16. The result has the dtype of the first entry."""
    dtype = entries[0].dtype
    entries = tuple(each.to(torch.promote_types(each.dtype, torch.float32)) for each in entries)
    with torch.autocast(entries[0].device.type, enabled=False):
        cache = cast(StateCache | None, context.cache)
        out = rule(*entries, start(*entries))[0] if cache is None else cache.scan(rule, *entries)
    return out.to(dtype)
