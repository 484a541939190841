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

from .debug import debug

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
        debug("ContiguousCache.update", position=position, entries=entries)
        # Every token into the slot of its position, whatever stood there before.
        # No sequence has got farther than all tokens that were ever handed in; slots beyond that are not worth a look.
        raise NotImplementedError("TODO: put keys and values into the slots of their positions; hand out all that there are")


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
        debug("RollingCache.update", position=position, entries=entries)
        # Look first, forget later: the first of the new tokens still see what the last of them will overwrite.
        # Of more tokens than there are slots, only the last will be seen again.
        # Round and round: the slot of what has just left the window is free.
        raise NotImplementedError("TODO: give back what the window reaches, then overwrite what has left it")


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
        debug("KVCache.advance", tokens=tokens)
        # Every sequence goes on where it stands.
        raise NotImplementedError("TODO: say where new tokens stand, and count them as read")

    def rewind(self, length: Int[Tensor, " B"]) -> None:
        r"""Take tokens back, so that only the first length[b] of every sequence have been read.

        length: (B,), int64. What the layers hold of the others stays: it lies in the future now, until it is
        overwritten. self.longest becomes the greatest of them; every layer is told, by its own `rewind(longest)`.
        self.farthest becomes, for every sequence, what it was, or what had been read if that is more.

        Raises `ValueError` where a length is negative or greater than what was read, or where a rolling layer would
        have to remember what it has overwritten: where a length is more than `spare` behind the farthest that was ever
        read. Nothing has changed then.
        """
        debug("KVCache.rewind", length=length)
        # What a rolling layer has overwritten does not come back with the tokens: the farthest that was read counts.
        # Positions alone decide what is seen, so nothing has to be cleared.
        raise NotImplementedError("TODO: take tokens back")
