"""Attention: every token takes from itself and those before it, weighted by how well its query matches their keys."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from .debug import debug
from .norms import rms_norm
from .positions import Context


def causal_mask(
    query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"]
) -> Bool[Tensor, "*batch Tq Tk"]:
    r"""mask[t, s] = key_position[s] <= query_position[t]: true where a query may attend to a key.

    Positions are (T,), or (B, T) where each sequence has its own.
    """
    debug("causal_mask", query_position=query_position, key_position=key_position)
    # Compare every query's position with every key's: the future stays hidden.
    raise NotImplementedError("TODO: compare every query's position with every key's")


def repeat_kv(x: Float[Tensor, "B G T D"], n_head: int) -> Float[Tensor, "B H T D"]:
    """Every key/value head repeated for the H/G neighbouring query heads that read it."""
    return x.repeat_interleave(n_head // x.size(1), dim=1)


def manual_attention(
    query: Float[Tensor, "B H Tq D"],
    key: Float[Tensor, "B H Tk D"],
    value: Float[Tensor, "B H Tk D"],
    mask: Bool[Tensor, "#B 1 Tq Tk"],
    scale: float,
) -> Float[Tensor, "B H Tq D"]:
    r"""out = softmax(scale * query key^T, where the mask is true, else -inf) value

    Vaswani et al. 2017 (arXiv:1706.03762), equation 1.
    """
    debug("manual_attention", query=query, key=key, value=value, mask=mask, scale=scale)
    # Score every key for every query, in float32 at least: (B, H, Tq, Tk).
    # Hide the keys where the mask is false.
    # Turn each query's scores into weights that sum to one.
    # Average the values by these weights.
    raise NotImplementedError("TODO: scores of all queries and keys, the mask, softmax, weighted mean of the values")


class CausalSelfAttention(nn.Module):
    r"""Causal self-attention with rotary positions, QK norm, and G key/value heads for H query heads.

    nanochat; grouped queries: Ainslie et al. 2023 (arXiv:2305.13245); QK norm: Henry et al. 2020 (arXiv:2010.04245).
    """

    def __init__(self, config: GPTConfig):
        r"""Create the four projections, `nn.Linear` without biases.

        q_proj: C -> H*D    k_proj: C -> G*D    v_proj: C -> G*D    o_proj: H*D -> C

        Also keep n_head (H), n_kv_head (G), head_dim (D) and norm_eps.
        """
        debug("CausalSelfAttention.__init__", config=config)
        # Project to H query heads, and to G key and value heads.
        # Project the heads' outputs back into the residual stream.
        raise NotImplementedError("TODO: create the four projections, without biases and with G heads for keys and values")

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""o_proj(attend(rms_norm(rotate(q)), rms_norm(rotate(k)), v)), with q, k, v the projections of x.

        `context.rotate(y)` and `self.attend(query, key, value, context)` take and return (B, T, heads, D).
        """
        debug("CausalSelfAttention.forward", x=x, context=context)
        # Project, then split into heads: (B, T, heads, D).
        # Rotate queries and keys by their positions.
        # QK norm: normalise queries and keys, head by head.
        # Attend, then concatenate the heads: (B, T, H * D).
        # Project back into the residual stream.
        raise NotImplementedError("TODO: project to queries, keys and values, rotate and normalise the first two, attend, project back")

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G D"],
        context: Context,
    ) -> Float[Tensor, "B T H D"]:
        """Attention output of every head, before o_proj; with a cache, over earlier tokens too."""
        key_position, key, value = context.update_cache(key, value)
        mask = causal_mask(context.position, key_position)
        # Heads in front: (B, heads, T, D); the mask is the same for all heads.
        query, key, value = (each.transpose(1, 2) for each in (query, key, value))
        key, value = repeat_kv(key, self.n_head), repeat_kv(value, self.n_head)
        out = manual_attention(query, key, value, mask.view(-1, 1, *mask.shape[-2:]), self.head_dim**-0.5)
        return out.transpose(1, 2)

    @property
    def macs_per_score(self) -> int:
        """Multiplications for each score, over all heads: with the key, and with the value."""
        return 2 * self.n_head * self.head_dim

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps: its keys and values."""
        return 2 * self.n_kv_head * self.head_dim


ATTENTIONS: dict = {}  # by config.attention_type: what makes a layer's attention of the configuration


def build_attention(config: GPTConfig, layer: int) -> nn.Module:
    """The attention of a layer, counted from 0, of the kind that config.attention_type names: the one above, where the
    configuration asks for nothing else. Raises `ValueError` where there is no such kind, or where
    config.attention_backend cannot compute it."""
    if config.is_chapter_one("attention"):
        return CausalSelfAttention(config)
    from . import attentions  # noqa: F401, the other kinds register themselves

    return lookup(ATTENTIONS, "attention_type", config.attention_type)(config, layer)
