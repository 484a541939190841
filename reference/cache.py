"""The KV cache: what a model remembers of the tokens that it has read, so that the next one costs only its own work.

Every layer remembers some entries of each token: keys and values, or a latent and a rotary key. Whatever they are, and
whichever kind of cache keeps them, there is one protocol: `update` takes the entries of new tokens and gives back those
of all tokens that are remembered, with their positions. Attention decides by the positions who may see what.
"""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from reference.config import GPTConfig

NOWHERE = 2**30  # the position of a slot that holds nothing: it lies in the future of every token, where nobody looks


class LayerCache(ABC):
    """What one layer remembers. Attributes: capacity, how many slots there are for every sequence; slots, a tensor
    (B, capacity, ...) for each kind of entry, made when the first tokens come."""

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.slots: tuple[Tensor, ...] = ()

    def allocate(self, entries: tuple[Float[Tensor, "B T ..."], ...]) -> None:
        """Make room for entries like these, once and for all: nothing is ever copied to make the cache grow."""
        self.slots = tuple(entry.new_zeros(entry.size(0), self.capacity, *entry.shape[2:]) for entry in entries)

    @abstractmethod
    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """Remember the entries of the tokens at these positions; return (key_position, *entries) of what there is."""

    @abstractmethod
    def rewind(self, longest: int) -> None:
        """No sequence is longer than `longest` any more."""

    def bytes_per_token(self) -> int:
        """What a token takes here, measured from the tensors."""
        return sum(slots[0, 0].numel() * slots.element_size() for slots in self.slots)


class ContiguousCache(LayerCache):
    """A slot for every position that there can be. Further attribute: used, how many slots may hold something."""

    used = 0

    def rewind(self, longest: int) -> None:
        """No sequence is longer than `longest` any more: slots behind that are not worth a look."""
        self.used = min(self.used, longest)

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        r"""Put every token's entries into the slot of its position: slots[b, position[b, t]] = entry[b, t].

        position: (B, T), int64; those of a sequence follow each other, and each sequence may stand elsewhere. entries:
        (B, T, ...) each. In the first call the slots are still missing: `self.allocate(entries)` makes them.
        self.used grows by T, and never past self.capacity.
        Returns (key_position, *entries): 0 ... used - 1 for every sequence, (B, used), and the first `used` slots.

        A slot behind a sequence's end may hold something old. It needs no clearing: its position says that it lies in
        the future.
        """
        if not self.slots:
            self.allocate(entries)
        # Every token into the slot of its position, whatever stood there before.
        sequence = torch.arange(position.size(0), device=position.device)[:, None]
        for slots, entry in zip(self.slots, entries, strict=True):
            slots[sequence, position] = entry
        # No sequence has got farther than all tokens that were ever handed in; slots beyond that are not worth a look.
        self.used = min(self.used + position.size(1), self.capacity)
        key_position = torch.arange(self.used, device=position.device).expand(position.size(0), -1)
        return key_position, *(slots[:, : self.used] for slots in self.slots)


class RollingCache(LayerCache):
    """Slots for the last `capacity` positions only, for a layer that does not see farther back. Further attribute:
    position, (B, capacity), the position of what every slot holds, NOWHERE at first."""

    def allocate(self, entries: tuple[Float[Tensor, "B T ..."], ...]) -> None:
        """Make room for entries like these, and for their positions."""
        super().allocate(entries)
        self.position = torch.full(self.slots[0].shape[:2], NOWHERE, device=entries[0].device)

    def rewind(self, longest: int) -> None:
        """No sequence is longer than `longest` any more: nothing to do, since every slot knows its position."""

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        r"""Give back what is remembered and the new tokens behind it; then remember the last of them, round and round.

            slots[b, position[b, t] mod capacity] = entry[b, t]        for the last `capacity` tokens at most

        position: (B, T), int64, and entries: (B, T, ...) each, as for `ContiguousCache.update`. In the first call,
        `self.allocate(entries)` makes the slots and self.position.
        Returns (key_position, *entries), each (B, capacity + T, ...): all slots as they were before this call, then the
        new tokens. A slot that held nothing, or a position that is not before the new tokens (it was taken back, and
        comes again), has the position NOWHERE.
        """
        if not self.slots:
            self.allocate(entries)
        # Look first, forget later: the first of the new tokens still see what the last of them will overwrite.
        remembered = torch.where(self.position < position[:, :1], self.position, NOWHERE)
        key_position = torch.cat((remembered, position), dim=1)
        found = [torch.cat((slots, entry), dim=1) for slots, entry in zip(self.slots, entries, strict=True)]
        # Of more tokens than there are slots, only the last will be seen again.
        position, *entries = (new[:, -self.capacity :] for new in (position, *entries))
        # Round and round: the slot of what has just left the window is free.
        sequence = torch.arange(position.size(0), device=position.device)[:, None]
        slot = position % self.capacity
        self.position[sequence, slot] = position
        for slots, entry in zip(self.slots, entries, strict=True):
            slots[sequence, slot] = entry
        return key_position, *found


class KVCache:
    """The memory of a whole model: how far every sequence has come, and a cache for each layer.

    Sequences may be of different lengths: hand in prompts that are filled up at their ends, then `rewind` each to its
    own length. spare: how many tokens behind the farthest one that was ever read can be taken back, where there are
    windows; without, it is any number.

    Attributes: layers, one `LayerCache` for each layer, rolling where it has a window; length (B,), int64, how many
    tokens of every sequence have been read, None before the first; longest, an upper bound of them; farthest, how many
    had been read when some were last taken back, 0 at first; max_seq_len; spare.
    """

    def __init__(self, config: GPTConfig, spare: int = 0):
        self.max_seq_len = config.max_seq_len
        self.spare = spare
        self.length: Int[Tensor, " B"] | None = None
        self.longest = 0
        self.farthest: Int[Tensor, " B"] | int = 0
        self.layers = [
            ContiguousCache(config.max_seq_len)
            if window is None or window + spare >= config.max_seq_len
            else RollingCache(window + spare)
            for window in config.layer_windows
        ]

    def advance(self, tokens: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
        r"""The positions of new tokens, which count as read from now on.

            position[b, t] = length[b] + t,        then length[b] <- length[b] + T

        tokens: (B, T), int64; T may be another one in every call. Once for a forward pass, before the first layer: all
        layers see the same positions. self.longest grows by T.
        Returns (B, T), int64, on the device of tokens.

        Raises `ValueError` naming the lengths where longest + T is greater than max_seq_len, or where there are not as
        many sequences as before; nothing has changed then.
        """
        B, T = tokens.shape
        length = torch.zeros(B, dtype=torch.int64, device=tokens.device) if self.length is None else self.length
        if length.size(0) != B:
            raise ValueError(f"{B} sequences came, but the cache holds {length.size(0)}")
        if self.longest + T > self.max_seq_len:
            raise ValueError(
                f"{self.longest} tokens and {T} more: the positions end at max_seq_len = {self.max_seq_len}"
            )
        # Every sequence goes on where it stands.
        position = length[:, None] + torch.arange(T, device=tokens.device)
        self.length = length + T
        self.longest += T
        return position

    def rewind(self, length: Int[Tensor, " B"]) -> None:
        r"""Take tokens back, so that only the first length[b] of every sequence have been read.

        length: (B,), int64. What the layers hold of the others stays: it lies in the future now, until it is
        overwritten. self.longest becomes the greatest of them; every layer is told, by its own `rewind(longest)`.
        self.farthest becomes, for every sequence, what it was, or what had been read if that is more.

        Raises `ValueError` where a length is negative or greater than what was read, or where a rolling layer would
        have to remember what it has overwritten: where a length is more than `spare` behind the farthest that was ever
        read. Nothing has changed then.
        """
        if (length < 0).any() or (length > self.length).any():
            raise ValueError(f"lengths {length.tolist()}: they must lie between 0 and {self.length.tolist()}")
        # What a rolling layer has overwritten does not come back with the tokens: the farthest that was read counts.
        farthest = self.length.clamp(min=self.farthest)
        back = farthest - length
        rolling = any(isinstance(layer, RollingCache) for layer in self.layers)
        if rolling and back.max() > self.spare:
            raise ValueError(
                f"{back.max()} tokens back: with windows no more than spare = {self.spare} can be taken back"
            )
        # Positions alone decide what is seen, so nothing has to be cleared.
        self.farthest = farthest
        self.length = length
        self.longest = int(length.max())
        for layer in self.layers:
            layer.rewind(self.longest)
