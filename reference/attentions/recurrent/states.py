"""The cache of a recurrent layer: a state of fixed size, and the last inputs of a convolution.

A state cannot be cropped: what a token wrote is no longer apart from the rest. So where tokens may be cropped, the last
`rollback_window` of every sequence, there are two: one of all tokens, and one that stands still before those. Their
entries wait, as keys and values do in a cache; only after a crop those that are left are summed up anew.
"""

from collections.abc import Callable
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from ...decoding.cache import RollingCache
from ...positions import Context

NO_TOKEN = -1  # the position of a place without a token: before every text
Rule = Callable[..., tuple[Tensor, Tensor]]  # of entries (B, H, N, ...) and a state: what is read, and the new state


class StateCache(RollingCache):
    """The cache of a recurrent layer. Its slots hold the inputs of a convolution, if there is one.

    Further attributes: rollback_window, how many tokens can be cropped; tail, how many inputs before its own a token's
    convolution reads; state, of all tokens, None at first; cropped, whether some have been since. With a
    rollback_window: waiting_position (B, rollback_window) and waiting, the entries of the tokens that can be cropped,
    the last one last, NO_TOKEN and zeros where there are fewer; settled, the state before them.
    """

    settled: Float[Tensor, "B H K Vd"]
    waiting: tuple[Float[Tensor, "B H R ..."], ...]
    waiting_position: Int[Tensor, "B R"]

    def __init__(self, rollback_window: int, tail: int = 0):
        super().__init__(rollback_window + tail if tail else 0)
        self.rollback_window, self.tail = rollback_window, tail
        self.state: Tensor | None = None
        self.cropped = False

    def crop(self, max_len: int) -> None:
        """No sequence has more than max_len tokens any more: what waits is looked through before it is added to."""
        self.cropped = True

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """Return (position, *entries) of `tail` tokens before these, zeros where the text has not begun, and of these;
        then write these to the ring buffer."""
        if not self.slots:
            self.allocate(entries)
        sequence = torch.arange(position.size(0), device=position.device)[:, None]
        before = position[:, :1] + torch.arange(-self.tail, 0, device=position.device)
        # Whatever else stands in their slots: zeros.
        there = (self.position[sequence, before % self.capacity] == before)[..., None]
        earlier = [slots[sequence, before % self.capacity].where(there, 0) for slots in self.slots]
        seen = [torch.cat(pair, dim=1) for pair in zip(earlier, entries, strict=True)]
        # Of more tokens than slots, store the last ones only.
        last, *entries = (new[:, -self.capacity :] for new in (position, *entries))
        for slots, new in zip((self.position, *self.slots), (last, *entries), strict=True):
            slots[sequence, last % self.capacity] = new
        return torch.cat((before, position), dim=1), *seen

    def scan(self, position: Int[Tensor, "B T"], rule: Rule, *entries: Float[Tensor, "B H T ..."]) -> Tensor:
        """What `rule` reads of the state for these tokens, which are summed up; with a rollback_window, so are the
        tokens that no crop can reach any more, by themselves."""
        if self.state is None:
            self.begin(position, entries)
        if self.cropped and self.rollback_window:
            self.sum_up_again(position, rule)
        out, self.state = rule(*entries, self.state)
        if self.rollback_window:
            T = position.size(1)
            kept = torch.cat((self.waiting_position, position), dim=1)
            all_entries = [torch.cat(pair, dim=2) for pair in zip(self.waiting, entries, strict=True)]
            _, self.settled = rule(*(each[:, :, :T] for each in all_entries), self.settled)
            # A copy of the last ones, so that the memory of a long prompt is not kept with them.
            self.waiting_position, self.waiting = kept[:, T:].clone(), tuple(e[:, :, T:].clone() for e in all_entries)
        return out

    def begin(self, position: Int[Tensor, "B T"], entries: tuple[Float[Tensor, "B H T ..."], ...]) -> None:
        """Start with an empty state, and with no token that waits."""
        self.state = start(*entries)
        if self.rollback_window:
            self.settled = self.state
            self.waiting_position = position.new_full((position.size(0), self.rollback_window), NO_TOKEN)
            self.waiting = tuple(
                each.new_zeros(*each.shape[:2], self.rollback_window, *each.shape[3:]) for each in entries
            )

    def sum_up_again(self, position: Int[Tensor, "B T"], rule: Rule) -> None:
        """After a crop: leave out of what waits the tokens whose positions come again, and sum up the others."""
        left = torch.where(self.waiting_position < position[:, :1], self.waiting_position, NO_TOKEN)
        # Sort by position: a crop leaves gaps that differ from sequence to sequence.
        self.waiting_position, order = left.sort(dim=1, stable=True)
        there = self.waiting_position != NO_TOKEN
        self.waiting = tuple(
            each.take_along_dim(over_tokens(order, each), dim=2).masked_fill(~over_tokens(there, each), 0)
            for each in self.waiting
        )
        _, self.state = rule(*self.waiting, self.settled)
        self.cropped = False

    def bytes_per_token(self) -> int:
        """Nothing: the cache is as large for a long sequence as for a short one."""
        return 0

    def bytes_per_sequence(self) -> int:
        """The size of states and of entries that are kept, measured from the tensors."""
        states = [] if self.state is None else [self.state]
        if states and self.rollback_window:
            states += [self.settled, *self.waiting]
        return sum(each[0].numel() * each.element_size() for each in (*self.slots, *states))


def over_tokens(x: Tensor, entry: Float[Tensor, "B H T ..."]) -> Tensor:
    """x (B, T) with axes of 1 for the heads and for the elements of a token, as it stands beside an entry."""
    return x.view(x.size(0), 1, x.size(1), *[1] * (entry.ndim - 3))


def start(query: Tensor, key: Tensor, value: Tensor, *others: Tensor) -> Float[Tensor, "B H K Vd"]:
    """The state before the first token: zeros."""
    return key.new_zeros(*key.shape[:2], key.size(-1), value.size(-1))


def recall(context: Context, tail: int, first: Tensor, *others: Tensor) -> list[Tensor]:
    """Entries (B, T, ...) of these tokens, the first with `tail` tokens more in front, for a convolution: those that a
    cache holds of earlier calls, zeros before the text. The others as they are."""
    if context.cache is None or not tail:
        return [F.pad(first, (0, 0, tail, 0)), *others]
    _, first = context.cache.update(context.position, first)
    return [first, *others]


def scan(context: Context, rule: Rule, *entries: Float[Tensor, "B H T ..."]) -> Float[Tensor, "B H T Vd"]:
    """What `rule` puts out for these tokens, from the state on that a cache holds of earlier ones. rule: of query, key,
    value, whatever else it takes of each token, and a state; returns (out, state). Entries and state in float32 at
    least, under autocast too: what is added up over thousands of tokens would vanish in bfloat16. The result has the
    dtype of the first entry."""
    dtype = entries[0].dtype
    entries = tuple(each.to(torch.promote_types(each.dtype, torch.float32)) for each in entries)
    with torch.autocast(entries[0].device.type, enabled=False):
        cache = cast(StateCache | None, context.cache)
        out = rule(*entries, start(*entries))[0] if cache is None else cache.scan(context.position, rule, *entries)
    return out.to(dtype)
