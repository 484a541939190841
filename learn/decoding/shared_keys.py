"""Which layer attends to the keys and values of which, and how these get there: see attentions/cross_layer.py."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from .cache import LayerCache


def source_layers(kinds: Sequence[str], views: Sequence[Hashable]) -> list[int]:
    r"""For every layer, the one whose keys and values it attends to: source[l] = l, unless kinds[l] is "shared". Then

        source[l] = max s,   s < l, kinds[s] = "standard" and views[s] = views[l]

    kinds: the attention_type of every layer; views: its window and its position encoding, anything that can be
    compared. Raises `ValueError` naming the layer, from 0, that finds no such s.

    Gemma 3n: of the layers before it, the last with keys and values of its own and the same kind of window.
    """
    debug("source_layers", kinds=kinds, views=views)
    # Remember the last layer that has keys and values of its own, for every window and position encoding.
    # Look up that of this layer's: it reads what is scored and hidden in the same way.
    raise NotImplementedError("TODO: the last earlier layer with keys and values of its own, the same window and the same positions, for each that shares")


class HandedOn(LayerCache):
    """A layer's keys and values, on their way to later layers: it stands in the place of the layer's cache, or of none,
    for one forward pass. Attributes: cache; entries, what `update` returned last."""

    def __init__(self, cache: LayerCache | None):
        self.cache = cache
        self.entries: tuple[Tensor, ...] = ()

    def update(self, position: Int[Tensor, "*batch T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """What the cache returns for new entries, kept. Without entries: what is kept. The cache cannot be asked once
        more, since a rolling one has overwritten the oldest tokens by then."""
        if entries:
            self.entries = (position, *entries) if self.cache is None else self.cache.update(position, *entries)
        return self.entries

    def crop(self, max_len: int) -> None:
        """Nothing to do: no sequence is cropped within a forward pass."""


def hand_on(sources: Sequence[int], positions: nn.Module, arguments: tuple, contexts: list[Any]) -> list[Any]:
    """Every layer's `Context` in a forward pass, with what layers hand on to each other: a forward hook of `Positions`,
    once sources are filled in."""
    shared = {source for layer, source in enumerate(sources) if layer != source}
    handed = {source: HandedOn(contexts[source].cache) for source in shared}
    return [
        context._replace(cache=handed.get(source, context.cache))
        for context, source in zip(contexts, sources, strict=True)
    ]


def share_keys(positions: nn.Module, config: GPTConfig) -> None:
    """Have the contexts that `positions` returns hand on keys and values, where layers are "shared". Raises
    `ValueError`."""
    kinds = config.in_turn(config.attention_type)
    sources = source_layers(kinds, list(zip(config.layer_windows, config.layer_positions, strict=True)))
    positions.register_forward_hook(partial(hand_on, sources))
