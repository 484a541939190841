"""The KV cache: keep keys and values of earlier tokens, so that a decoding step computes those of the new token only.

Every layer caches some entries of each token: keys and values, or a latent and a rotary key. Whatever they are, and
whichever kind of cache keeps them, there is one protocol: `update` takes the entries of new tokens and returns those of
all cached tokens, with their positions. The attention mask is made of the positions.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug

EMPTY_SLOT = 2**30  # the position of an empty slot: in the future of every token, so that the causal mask hides it


class LayerCache(ABC):
    """The cache of one layer. Attributes: capacity, the number of slots of every sequence; slots, a tensor
    (B, capacity, ...) for each kind of entry, allocated with the first tokens."""

    def __init__(self, capacity: int):
        self.capacity = capacity
        self.slots: tuple[Tensor, ...] = ()

    def allocate(self, entries: tuple[Float[Tensor, "B T ..."], ...]) -> None:
        """Allocate slots for entries like these, once: the cache never grows by copying."""
        slots = (entry.new_zeros(entry.size(0), self.capacity, *entry.shape[2:]) for entry in entries)
        # Views of all their memory: of zeros as such, torch.compile makes a part of what they are concatenated into,
        # and gives two layers the same slots.
        self.slots = tuple(each.as_strided(each.shape, each.stride()) for each in slots)

    @abstractmethod
    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """Store the entries of the tokens at these positions; return (key_position, *entries) of all cached tokens."""

    @abstractmethod
    def crop(self, max_len: int) -> None:
        """No sequence has more than max_len tokens any more."""

    def bytes_per_token(self) -> int:
        """The size of a token in this cache, measured from the tensors."""
        return sum(slots[0, 0].numel() * slots.element_size() for slots in self.slots)


class ContiguousCache(LayerCache):
    """A slot for every position up to max_seq_len. Further attribute: used, the number of slots that may be filled."""

    used = 0

    def crop(self, max_len: int) -> None:
        """No sequence has more than max_len tokens any more: do not return the slots behind."""
        self.used = min(self.used, max_len)

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        r"""Store the entries of every token in the slot of its position: slots[b, position[b, t]] = entry[b, t].

        position: (B, T), int64, consecutive in each sequence; sequences may start at different positions. entries:
        (B, T, ...) each. In the first call, allocate the slots with `self.allocate(entries)`.
        self.used grows by T, up to self.capacity.
        Returns (key_position, *entries): 0 ... used - 1 for every sequence, (B, used), and the first `used` slots.

        Slots behind the end of a sequence may hold stale entries: the causal mask hides them.
        """
        debug("ContiguousCache.update", position=position, entries=entries)
        # Write every token to the slot of its position, over stale entries.
        # Return the used slots only: no sequence is longer than the tokens of all calls together.
        raise NotImplementedError("TODO: write keys and values to the slots of their positions; return all cached ones")


class RollingCache(LayerCache):
    """A ring buffer of the last `capacity` positions, for a layer with a sliding window. Further attribute: position,
    (B, capacity), the position of the token in every slot, EMPTY_SLOT at first."""

    def allocate(self, entries: tuple[Float[Tensor, "B T ..."], ...]) -> None:
        """Allocate slots for entries like these, and for their positions."""
        super().allocate(entries)
        self.position = torch.full(self.slots[0].shape[:2], EMPTY_SLOT, device=entries[0].device)

    def crop(self, max_len: int) -> None:
        """No sequence has more than max_len tokens any more: nothing to do, since every slot has its position."""

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        r"""Return the cached tokens followed by the new ones; then write the new ones to the ring buffer.

            slots[b, position[b, t] mod capacity] = entry[b, t]        for the last `capacity` tokens at most

        position: (B, T), int64, and entries: (B, T, ...) each, as for `ContiguousCache.update`. In the first call,
        allocate the slots and self.position with `self.allocate(entries)`.
        Returns (key_position, *entries), each (B, capacity + T, ...): all slots as they were before this call, then the
        new tokens. key_position is EMPTY_SLOT for a slot that was empty, and for one whose position is not before the
        new tokens (it was cropped).
        """
        debug("RollingCache.update", position=position, entries=entries)
        # Read before writing: the first new tokens still attend to slots that the last of them overwrite.
        # Of more tokens than slots, store the last ones only.
        # Write each token to slot position mod capacity: the token there has left the window.
        raise NotImplementedError("TODO: return what the sliding window reaches, then overwrite what has left it")


# By config.attention_type: what makes the cache of a layer, of its configuration and the rollback window. Layers that
# are not here keep entries of all tokens in their windows. Those in attentions/recurrent/ enter theirs.
LAYER_CACHES: dict[str, Callable[[GPTConfig, int], LayerCache]] = {}
# By a switch of the configuration: what puts something more around the cache of a layer, of that cache, the layer and
# the rollback window.
CACHES_AROUND: dict[str, Callable[[LayerCache, int, int], LayerCache]] = {}


def build_layer_cache(config: GPTConfig, layer: int, rollback_window: int) -> LayerCache:
    """The cache of a layer, counted from 0: of its own kind; rolling where it has a window; else contiguous. Around it
    is what a field of CACHES_AROUND asks for."""
    config, window = config.of_layer(layer), config.layer_windows[layer]
    if not config.is_chapter_one("attention"):
        from .. import attentions  # noqa: F401, the other kinds register themselves
    cache: LayerCache
    if config.attention_type in LAYER_CACHES:
        cache = LAYER_CACHES[config.attention_type](config, rollback_window)
    elif window is None or window + rollback_window >= config.max_seq_len:
        cache = ContiguousCache(config.max_seq_len)
    else:
        cache = RollingCache(window + rollback_window)
    for field, around in CACHES_AROUND.items():
        if getattr(config, field):
            cache = around(cache, layer, rollback_window)
    return cache


class KVCache:
    """The KV cache of a model: a `LayerCache` for each layer, and the length of every sequence.

    For prompts of different lengths, pad on the right, then `crop` each to its own length. rollback_window: how many
    tokens behind the longest length so far layers that forget can be cropped, by a window or in a state; others, to any
    length.

    Attributes: layers, one `LayerCache` for each layer, rolling where it forgets, and one more for each further pass
    through looped layers; length (B,), int64, the tokens read of every sequence, None at first; max_len, an upper bound
    of length; max_len_seen, the greatest length of every sequence before its last crop, 0 at first; max_seq_len;
    rollback_window.
    """

    def __init__(self, config: GPTConfig, rollback_window: int = 0):
        self.max_seq_len = config.max_seq_len
        self.rollback_window = rollback_window
        self.length: Int[Tensor, " B"] | None = None
        self.max_len = 0
        self.max_len_seen: Int[Tensor, " B"] | int = 0
        self.layers = [build_layer_cache(config, layer, rollback_window) for layer in config.visits]

    def append(self, tokens: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
        r"""Append T tokens to every sequence; return their positions.

            position[b, t] = length[b] + t,        then length[b] <- length[b] + T

        tokens: (B, T), int64; T may differ from call to call. Call it once per forward pass, before the first layer:
        all layers use the same positions. self.max_len grows by T.
        Returns (B, T), int64, on the device of tokens.

        Raises `ValueError`, naming the lengths, where max_len + T exceeds max_seq_len, and where the batch size is not
        that of the first call; nothing has changed then.
        """
        debug("KVCache.append", tokens=tokens)
        # Continue every sequence at its own length.
        raise NotImplementedError("TODO: return the positions of new tokens, and increase the length of every sequence")

    def crop(self, length: Int[Tensor, " B"]) -> None:
        r"""Crop every sequence to its first length[b] tokens.

        length: (B,), int64. Clear nothing: cropped tokens lie in the future of the next ones, where the causal mask
        hides them until they are overwritten. self.max_len becomes the greatest length, and every layer is cropped to
        it with its own `crop(max_len)`. self.max_len_seen becomes the greatest length so far of every sequence.

        Raises `ValueError` where a length is negative or greater than the present one, and where a layer is rolling and
        a length is more than rollback_window smaller than max_len_seen: its tokens are overwritten. Nothing has changed
        then.
        """
        debug("KVCache.crop", length=length)
        # Measure from the greatest length so far: what a rolling layer has overwritten then is lost.
        # Set the new lengths; clear no slots, since the mask goes by the positions.
        raise NotImplementedError("TODO: crop every sequence to a smaller length")
