"""Latent attention: keys and values of all heads are linear maps of one small latent, which is all that is cached.

A cache of keys and values holds 2 * G * D elements for every token and layer. Grouped queries make it smaller by fewer
heads. Here every head keeps keys and values of its own, made from a shared latent. A rotary key cannot be a linear map
of the latent, since it is rotated by its position: a small one, shared by all heads, is cached beside it.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attention import ATTENTIONS
from ..debug import debug
from ..normalizations.rms import RMSNorm
from ..positions import Context
from .backends.fused import build_backend
from .backends.scored import ScoreMods
from .composed import build_qk_norm
from .settings_read import SCORES, SETTINGS

LATENT_EPS = 1e-6  # of the norms of the latents, whatever config.norm_eps is


class MultiHeadLatentAttention(nn.Module):
    r"""Multi-head latent attention (MLA).

        c    = N(x W_DKV)                          the latent of a token, of size `latent_rank`
        k_r  = rotate(x W_KR)                      its rotary key, of size R, shared by all heads
        k[h] = [c W_UK[h] ; k_r]                   keys, of size D + R
        v[h] = c W_UV[h]                           values, of size Dv
        q[h] = [q_nope[h] ; rotate(q_rope[h])]     queries, of size D + R: both parts are projections of x, or of
                                                   N(x W_DQ) where config.query_latent_rank is given
        out  = softmax(q k^T * scale) v, all heads concatenated, times W_O        scale = (D + R)^(-1/2)

    Only c and k_r are cached. `naive` makes keys and values from them and attends; `absorbed` attends to the latents
    themselves. Both give the same output at different costs.

    QK norm, where config.qk_norm asks for it, acts on the D elements of each query and key that are not rotated. Keys
    are then no linear map of the latent any more, and only `naive` is left.

    DeepSeek-V2 (arXiv:2405.04434), section 2.1; DeepSeek-V3 (arXiv:2412.19437), section 2.1.1.
    """

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, without biases except where said, and the norms.

        kv_down_proj (W_DKV): C -> latent_rank   bias as config.bias says
        k_rope_proj (W_KR): C -> R               bias as config.bias says
        kv_down_norm: `RMSNorm(latent_rank, LATENT_EPS)`
        k_up_proj (W_UK): latent_rank -> H*D     v_up_proj (W_UV): latent_rank -> H*Dv
        q_proj: C -> H*(D+R), or query_latent_rank -> H*(D+R) where config.query_latent_rank is given; only then also
            q_down_proj (W_DQ): C -> query_latent_rank, bias as config.bias says
            q_down_norm: `RMSNorm(query_latent_rank, LATENT_EPS)`
        o_proj: H*Dv -> C                        bias as config.bias says
        q_norm, k_norm: `build_qk_norm(config, H)` each
        dropout: `nn.Dropout(config.dropout)`    backend: `build_backend(config)`

        Sizes: D is config.head_dim, R config.rope_head_dim, Dv config.value_head_dim, or D where that is None. Keep
        n_head, head_dim, rope_head_dim, value_head_dim (Dv), scale (config.softmax_scale, or (D+R)^(-1/2) where that is
        None), window (`config.layer_windows[layer]`), softcap (config.attention_softcap), sinks (where
        config.attention_sinks, `nn.Parameter` (H,) of zeros, else None), can_absorb: whether config.qk_norm is "off",
        and has_query_latent: whether config.query_latent_rank is given.

        Raises `ValueError` where the configuration asks for grouped heads or a gate, which this attention has not.
        """
        debug("MultiHeadLatentAttention.__init__", config=config, layer=layer)
        # Keep the sizes: D elements of a query or key without positions, R with rotary ones, Dv of a value.
        # Project down, to the latent of keys and values, and to the rotary key.
        # Project up again, to a key and a value for every head.
        # Make queries from the token, or from a latent of their own, which saves memory in training.
        # Project the heads' outputs back into the residual stream.
        # Create the norms, the backend and what it needs to know of this layer.
        raise NotImplementedError("TODO: create the projections down to the latent and up again, the rotary key's, and the norms")

    @property
    def macs_per_score(self) -> int:
        """Multiplications of `naive` for each score, over all heads: with the key, and with the value."""
        return self.n_head * (self.head_dim + self.rope_head_dim + self.value_head_dim)

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps: its latent and its rotary key."""
        return self.kv_down_proj.out_features + self.rope_head_dim

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project down, update the cache, attend, project back.

        x: (B, T, C). `context.rotate(y)` rotates y, (B, T, heads, R), by the positions.
        `context.update_cache(latent, k_rope)` takes (B, T, latent_rank) and (B, T, R) and returns (key_position,
        latent, k_rope) of all remembered tokens and these. Then `self.absorbed` where `self.absorbs(T, context)`, else
        `self.naive`: both are called with (q_nope, q_rope, latent, k_rope, self.score_mods(context, key_position)),
        q_nope (B, T, H, D) normed by q_norm and q_rope (B, T, H, R) rotated, and return (B, T, H, Dv).
        Dropout acts on the result. Returns (B, T, C), in the dtype of x.
        """
        debug("MultiHeadLatentAttention.forward", x=x, context=context)
        # Project to queries, split each into the part without positions and the rotary part, norm and rotate them.
        # Project down to the latent and the rotary key: these two are all that is cached.
        # Attend to keys and values, or to the latents themselves, whichever costs less.
        # Concatenate the heads, (B, T, H * Dv), and project back into the residual stream.
        raise NotImplementedError("TODO: make queries, a latent and a rotary key, recall, attend, project back")

    def absorbs(self, T: int, context: Context) -> bool:
        """Whether `absorbed` is possible and costs less than `naive`: with a cache, and for few new tokens. For many,
        making keys and values once is cheaper than scores of the size of the latent."""
        rank, made = self.kv_down_proj.out_features, self.head_dim + self.value_head_dim
        # Multiplications for each remembered token and head, without those that both need.
        return context.cache is not None and self.can_absorb and T * (2 * rank - made) <= rank * made

    def score_mods(self, context: Context, key_position: Tensor) -> ScoreMods:
        """What the backend does to the scores."""
        return ScoreMods.of(self, context, key_position)

    def naive(
        self,
        q_nope: Float[Tensor, "B Tq H D"],
        q_rope: Float[Tensor, "B Tq H R"],
        latent: Float[Tensor, "B Tk rank"],
        k_rope: Float[Tensor, "B Tk R"],
        mods: ScoreMods,
    ) -> Float[Tensor, "B Tq H Dv"]:
        r"""Make every head's keys and values from the latents, then attend.

            k[h] = [k_norm(c W_UK[h]) ; k_r],   v[h] = c W_UV[h];   softmax(q k^T * scale) v

        latent (c) and k_rope (k_r) are those of all tokens that may be attended to. `self.backend(query, key, value,
        mods)` takes all with the heads in front, (B, H, T, ...), and returns (B, H, Tq, Dv).
        Returns (B, Tq, H, Dv).
        """
        debug("MultiHeadLatentAttention.naive", q_nope=q_nope, q_rope=q_rope, latent=latent, k_rope=k_rope, mods=mods)
        # Project up to the keys of each head, and append the rotary key, which all heads share.
        # Attend as multi-head attention does, with the heads in front: (B, H, T, ...).
        raise NotImplementedError("TODO: make every head's keys and values from the latents, then attend as always")

    def absorbed(
        self,
        q_nope: Float[Tensor, "B Tq H D"],
        q_rope: Float[Tensor, "B Tq H R"],
        latent: Float[Tensor, "B Tk rank"],
        k_rope: Float[Tensor, "B Tk R"],
        mods: ScoreMods,
    ) -> Float[Tensor, "B Tq H Dv"]:
        r"""Attend to the latents themselves: absorb W_UK into the queries, and apply W_UV to the outputs.

            q~[h] = q_nope[h] W_UK[h]^T                q_nope[h] . (c W_UK[h]) = q~[h] . c
            out[h] = (softmax((q~[h] . c + q_rope[h] . k_r) * scale) c) W_UV[h]

        W_UK[h]: the columns of head h, (rank, D); the weight of k_up_proj is (H*D, rank). The same output as `naive`
        without QK norm: multi-query attention, all heads of which share one key, [c ; k_r], and one value, c.
        Arguments and result as for `naive`; `self.attend_latents(query, key, value, mods)` is the backend, and takes
        a single key/value head for all, (B, 1, Tk, ...).
        """
        debug(
            "MultiHeadLatentAttention.absorbed",
            q_nope=q_nope,
            q_rope=q_rope,
            latent=latent,
            k_rope=k_rope,
            mods=mods,
        )
        # Absorb the keys' up-projection into the queries: (B, Tq, H, rank + R).
        # Attend with one key and one value for all heads: both are what the cache holds.
        # Project every head's mean of latents up to a mean of values: (B, Tq, H, Dv).
        raise NotImplementedError("TODO: attend to the latents themselves, without ever making keys and values")

    def attend_latents(self, query: Tensor, key: Tensor, value: Tensor, mods: ScoreMods) -> Tensor:
        """Attention of all heads to the latents, by the backend."""
        return self.backend(query, key, value, mods)


class FlashMLA(MultiHeadLatentAttention):
    """The same attention, with a fused flash kernel for training and prompts: `fused.flash_backend` pads values
    to the size of keys where the kernel wants them equal. A cached step attends to the latents, all heads to one key,
    by torch's own attention: heads of size latent_rank + R are too large for flash kernels of GPUs.

    Raises `ValueError` where the configuration asks for what flash kernels cannot do.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(replace(config, attention_type="latent", attention_backend="flash"), layer)


def build_latent(config: GPTConfig, layer: int) -> nn.Module:
    """Latent attention, by the flash kernels where config.attention_backend names them."""
    return (FlashMLA if config.attention_backend == "flash" else MultiHeadLatentAttention)(config, layer)


ATTENTIONS["latent"] = build_latent
SETTINGS["latent"] = (*SCORES, "latent_rank", "query_latent_rank", "rope_head_dim", "value_head_dim")
