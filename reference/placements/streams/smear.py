"""Smear: before the first block, a little of every token's predecessor is added to it. Its cache is one vector."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from reference.config import GPTConfig

from ...attentions.recurrent.states import StateCache, recall
from ...decoding.cache import LayerCache, RollingCache
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
        # Look back by one token, into the cache for the first of them.
        before = previous(x, context)
        # Let the token itself say how much of its predecessor it takes.
        strength = self.weight.to(x.dtype) * torch.sigmoid(self.gate(x[..., :GATE_CHANNELS]))
        # Add it: to x as it came, or the predecessor's predecessor would be in it too.
        return x + strength * before


def previous(x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
    """The vector before each one; zeros before the first of the text."""
    T = x.size(1)
    own = context.cache.cache if isinstance(context.cache, HandedOn) else context.cache
    cache = own.before if isinstance(own, CacheWithTail) else None
    # Of all that wait for a crop, only the last one is before the new tokens.
    return recall(context._replace(cache=cache), 1, x)[0][:, -T - 1 : -1]


def without_tail(context: Context) -> Context:
    """The context for the first layer's attention: with the layer's own cache, if it has one."""
    return context._replace(cache=context.cache.keys) if isinstance(context.cache, CacheWithTail) else context


class CacheWithTail(RollingCache):
    """The cache of the first layer, and beside it that of the smear, which keeps the last vector that entered, and as
    many more as a crop may reach. Attributes: keys and before, these two."""

    def __init__(self, keys: LayerCache, rollback_window: int):
        super().__init__(keys.capacity)
        self.keys, self.before = keys, StateCache(rollback_window, tail=1)

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
