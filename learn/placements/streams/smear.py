"""Smear: before the first block, a little of every token's predecessor is added to it. Its cache is one vector."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...debug import debug
from ...decoding.cache import CACHES_AROUND, LayerCache, RollingCache
from ...decoding.shared_keys import HandedOn
from ...positions import Context

GATE_CHANNELS = 24  # so many elements of a token's vector say how much of its predecessor is added


class Smear(nn.Module):
    r"""A part of the token before is added to every token: what a pair of tokens means need not wait for attention.

    Attributes: gate, `nn.Linear` without a bias, 24 -> 1; weight (1), zero at first. nanochat (July 2026), after
    modded-nanogpt. Raises `ValueError` where a vector is shorter.
    """

    cached_dim, state_dim = 0, 0

    def __init__(self, config: GPTConfig):
        super().__init__()
        if config.n_embd < GATE_CHANNELS:
            raise ValueError(
                f"smear = True with n_embd = {config.n_embd}: it reads {GATE_CHANNELS} elements of a vector"
            )
        self.gate = nn.Linear(GATE_CHANNELS, 1, bias=False)
        self.weight = nn.Parameter(torch.zeros(1))
        self.tail_dim = config.n_embd

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x[t] + weight * sigmoid(gate(x[t, :24])) * x[t - 1], in the dtype of x.

        x: the embeddings. `previous(x, context)` is x[t - 1] for every t, (B, T, C): with a cache, that of an earlier
        call for the first; zeros where there is no token before.
        """
        debug("Smear.forward", x=x, context=context)
        # Look back by one token, into the cache for the first of them.
        # Let the token itself say how much of its predecessor it takes.
        # Add it: to x as it came, or the predecessor's predecessor would be in it too.
        raise NotImplementedError("TODO: x[t] + weight * sigmoid(gate(x[t, :24])) * x[t - 1]")


def previous(x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
    r"""The vector before each one: before[t] = x[t - 1], of the first token that of an earlier call, zeros if there is
    none. In the dtype of x.

    `context.update_cache(x)` remembers x, and returns (key_position, seen), (*batch, N) and (B, N, C): all vectors that
    are remembered, and these, in no certain order, with their positions. The positions of x are context.position, (T,)
    or (B, T); the first of them may be 0, and what is remembered may be more than one.
    """
    debug("previous", x=x, context=context)
    # Find the vector that stands one position before the first: at most one does.
    # All others have theirs beside them.
    raise NotImplementedError("TODO: x shifted by one token; in front, the remembered vector whose position is one before the first")


def with_tail(context: Context) -> Context:
    """The context for the smear: with the cache of vectors, if there is one."""
    own = context.cache.cache if isinstance(context.cache, HandedOn) else context.cache
    return context._replace(cache=own.before if isinstance(own, CacheWithTail) else None)


def without_tail(context: Context) -> Context:
    """The context for the first layer's attention: with the layer's own cache, if it has one."""
    return context._replace(cache=context.cache.keys) if isinstance(context.cache, CacheWithTail) else context


class CacheWithTail(RollingCache):
    """The cache of the first layer, and beside it that of the smear, which keeps the last vector that entered, and as
    many more as a crop may reach. Attributes: keys and before, these two."""

    def __init__(self, keys: LayerCache, rollback_window: int):
        super().__init__(keys.capacity)
        self.keys, self.before = keys, RollingCache(1 + rollback_window)

    def update(self, position: Int[Tensor, "B T"], *entries: Float[Tensor, "B T ..."]) -> tuple[Tensor, ...]:
        """What the layer's own cache returns."""
        return self.keys.update(position, *entries)

    def crop(self, max_len: int) -> None:
        """Both are cropped."""
        self.keys.crop(max_len)
        self.before.crop(max_len)

    def bytes_per_token(self) -> int:
        """That of the layer's own cache."""
        return self.keys.bytes_per_token()


def with_vectors(cache: LayerCache, layer: int, rollback_window: int) -> LayerCache:
    """The cache of a layer, and of the first one that of the smear too."""
    return cache if layer else CacheWithTail(cache, rollback_window)


CACHES_AROUND["smear"] = with_vectors
