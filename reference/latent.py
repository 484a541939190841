"""Latent attention: keys and values of all heads are made from one small vector for each token, and only that is kept.

A cache of keys and values holds 2 * G * D numbers for every token and layer. Fewer heads (grouped queries) make it
smaller and the model worse. Here every head keeps keys and values of its own, but all of them are linear maps of one
latent, so the latent is all that has to be remembered. A rotary key cannot be a linear map of it, since it turns with
the position: a few numbers that all heads share are kept for it beside the latent.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .attention import build_qk_norm
from .backends import Scores, build_backend
from .norms import RMSNorm
from .positions import Context

LATENT_EPS = 1e-6  # of the norms of the latents, whatever the rest of the model has


class MultiHeadLatentAttention(nn.Module):
    r"""Multi-head latent attention (MLA).

        c    = N(x W_c)                            the latent of a token, of `latent_rank` numbers
        k_r  = rotate(x W_kr)                      its rotary key, R numbers that all heads share
        k[h] = [c W_k[h] ; k_r]                    keys, D + R numbers
        v[h] = c W_v[h]                            values, Dv numbers
        q[h] = [x W_q[h] ; rotate(x W_qr[h])]      queries, D + R numbers; from N(x W_cq) instead of x where
                                                   config.query_latent_rank is given
        out  = softmax(q k^T * scale) v, all heads side by side, times W_o        scale = (D + R)^(-1/2)

    Only c and k_r are kept in a cache. `naive` makes keys and values from them and attends; `absorbed` attends to the
    latents themselves. Both give the same numbers; what they cost differs.

    QK norm, where config.qk_norm asks for it, is on what the latent gave: the D numbers of content of every query and
    key head, not on those that are turned. Then keys are no linear map of the latent any more, and only `naive` is
    left.

    DeepSeek-V2 (arXiv:2405.04434), section 2.1; DeepSeek-V3 (arXiv:2412.19437), section 2.1.1.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the projections, without biases except where said, and the norms.

        latent_proj: C -> latent_rank            bias as config.bias says
        rotary_key_proj: C -> R                  bias as config.bias says
        latent_norm: `RMSNorm(latent_rank, LATENT_EPS)`
        k_from_latent: latent_rank -> H*D        v_from_latent: latent_rank -> H*Dv
        q_proj: C -> H*(D+R), or query_latent_rank -> H*(D+R) where config.query_latent_rank is given; only then also
            query_latent_proj: C -> query_latent_rank, bias as config.bias says
            query_latent_norm: `RMSNorm(query_latent_rank, LATENT_EPS)`
        o_proj: H*Dv -> C                        bias as config.bias says
        q_norm, k_norm: `build_qk_norm(config, H)` each
        dropout: `nn.Dropout(config.dropout)`    backend: `build_backend(config)`

        Sizes: D is config.head_dim, R config.rope_head_dim, Dv config.value_head_dim, or D where that is None. Keep
        n_head, head_dim, rope_head_dim, value_head_dim (Dv), scale (config.score_scale, or (D+R)^(-1/2) where that is
        None), softcap (config.attention_softcap), sinks (where config.attention_sinks, `nn.Parameter` (H,) of zeros,
        else None), can_absorb: whether config.qk_norm is "off", and has_query_latent: whether
        config.query_latent_rank is given.

        Raises `ValueError` where the configuration asks for grouped heads or a gate, which this attention has not.
        """
        super().__init__()
        if config.n_kv_head != config.n_head or config.attention_gate:
            raise ValueError(
                f"attention_type = 'latent' with n_kv_head = {config.n_kv_head} and attention_gate = "
                f"{config.attention_gate}: every head has its own keys and values here (n_kv_head = n_head = "
                f"{config.n_head}), and there is no gate"
            )
        # Sizes: a head has numbers that tell of content, and others that tell positions.
        self.n_head = config.n_head
        self.head_dim, self.rope_head_dim = config.head_dim, config.rope_head_dim
        self.value_head_dim = config.value_head_dim or config.head_dim
        key_dim = self.head_dim + self.rope_head_dim
        self.scale = key_dim**-0.5 if config.score_scale is None else config.score_scale
        # Down: everything that keys and values are made of, and the part of a key that is turned.
        self.latent_proj = nn.Linear(config.n_embd, config.latent_rank, bias=config.bias)
        self.rotary_key_proj = nn.Linear(config.n_embd, config.rope_head_dim, bias=config.bias)
        self.latent_norm = RMSNorm(config.latent_rank, LATENT_EPS)
        # Up again: a key and a value for every head.
        self.k_from_latent = nn.Linear(config.latent_rank, config.n_head * self.head_dim, bias=False)
        self.v_from_latent = nn.Linear(config.latent_rank, config.n_head * self.value_head_dim, bias=False)
        # Queries, from the token or from a latent of their own, which saves memory in training.
        rank = config.query_latent_rank
        if rank is not None:
            self.query_latent_proj = nn.Linear(config.n_embd, rank, bias=config.bias)
            self.query_latent_norm = RMSNorm(rank, LATENT_EPS)
        self.q_proj = nn.Linear(rank or config.n_embd, config.n_head * key_dim, bias=False)
        self.has_query_latent = rank is not None
        # Back into the residual stream.
        self.o_proj = nn.Linear(config.n_head * self.value_head_dim, config.n_embd, bias=config.bias)
        # Around the scores: the same as in every other attention.
        self.q_norm, self.k_norm = build_qk_norm(config, config.n_head), build_qk_norm(config, config.n_head)
        self.can_absorb = config.qk_norm == "off"
        self.dropout = nn.Dropout(config.dropout)
        self.backend = build_backend(config)
        self.softcap = config.attention_softcap
        self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None

    @property
    def numbers_per_pair(self) -> int:
        """Multiplications of `naive` for a query and a key that it sees, over all heads."""
        return self.n_head * (self.head_dim + self.rope_head_dim + self.value_head_dim)

    @property
    def numbers_cached(self) -> int:
        """How many numbers a cache keeps of every token."""
        return self.latent_proj.out_features + self.rope_head_dim

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Compress, remember, attend, project back.

        x: (B, T, C); context: `context.rotate(y)` turns y, (B, T, heads, R), by the positions;
        `context.recall(latent, rotary_key)` takes (B, T, latent_rank) and (B, T, R) and returns (key_position, latent,
        rotary_key) of all tokens that are remembered, those at hand among them. Then `self.absorbed` where that is
        possible (`self.absorbs(T, context)`), else `self.naive`; both take content (B, T, H, D) and rotary (B, T, H, R)
        of the queries, what was recalled, and `self.scores(context, key_position)`, and return (B, T, H, Dv).
        Dropout acts on what is returned, (B, T, C), in the dtype of x.
        """
        B, T, _ = x.shape
        # Queries: the content of every head, normed if wanted, and the part that is turned.
        source = self.query_latent_norm(self.query_latent_proj(x)) if self.has_query_latent else x
        query = self.q_proj(source).view(B, T, self.n_head, self.head_dim + self.rope_head_dim)
        content, rotary = query.split((self.head_dim, self.rope_head_dim), dim=-1)
        content, rotary = self.q_norm(content), context.rotate(rotary)
        # All that keys and values will be made of, for all heads at once: this is what a cache keeps.
        latent = self.latent_norm(self.latent_proj(x))
        rotary_key = context.rotate(self.rotary_key_proj(x)[:, :, None, :]).squeeze(2)
        key_position, latent, rotary_key = context.recall(latent, rotary_key)
        # Attend to keys and values, or to the latents themselves.
        attend = self.absorbed if self.absorbs(T, context) else self.naive
        out = attend(content, rotary, latent, rotary_key, self.scores(context, key_position))
        # Heads side by side, and back into the residual stream.
        return self.dropout(self.o_proj(out.flatten(2)))

    def absorbs(self, T: int, context: Context) -> bool:
        """Whether `absorbed` is possible and costs less than `naive`: with a cache, and for few new tokens. For many,
        making keys and values once is cheaper than scores of the size of the latent."""
        rank, made = self.latent_proj.out_features, self.head_dim + self.value_head_dim
        # Multiplications for each remembered token and head, without those that both need.
        return context.cache is not None and self.can_absorb and T * (2 * rank - made) <= rank * made

    def scores(self, context: Context, key_position: Tensor) -> Scores:
        """How the scores come about, for the backend."""
        return Scores.of(self, context, key_position)

    def naive(
        self,
        content: Float[Tensor, "B Tq H D"],
        rotary: Float[Tensor, "B Tq H R"],
        latent: Float[Tensor, "B Tk rank"],
        rotary_key: Float[Tensor, "B Tk R"],
        scores: Scores,
    ) -> Float[Tensor, "B Tq H Dv"]:
        r"""Make every head's keys and values from the latents, then attend as always.

            k[h] = [k_norm(c W_k[h]) ; k_r],   v[h] = c W_v[h];   softmax(q k^T * scale) v

        content, rotary: the two parts of the queries; latent (c), rotary_key (k_r): of all tokens that may be seen.
        `self.backend(query, key, value, scores)` takes all with the heads in front, (B, H, T, ...), and gives
        (B, H, Tq, Dv) back. Returns (B, Tq, H, Dv).
        """
        B, Tk, _ = latent.shape
        # Keys: content of each head's own, and the rotary part that all heads share.
        key = self.k_norm(self.k_from_latent(latent).view(B, Tk, self.n_head, self.head_dim))
        key = torch.cat((key, rotary_key[:, :, None, :].expand(-1, -1, self.n_head, -1)), dim=-1)
        value = self.v_from_latent(latent).view(B, Tk, self.n_head, self.value_head_dim)
        query = torch.cat((content, rotary), dim=-1)
        # From here on it is multi-head attention. Heads in front: (B, H, T, ...).
        out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), scores)
        return out.transpose(1, 2)

    def absorbed(
        self,
        content: Float[Tensor, "B Tq H D"],
        rotary: Float[Tensor, "B Tq H R"],
        latent: Float[Tensor, "B Tk rank"],
        rotary_key: Float[Tensor, "B Tk R"],
        scores: Scores,
    ) -> Float[Tensor, "B Tq H Dv"]:
        r"""Never make keys and values: ask the latents themselves, and turn into a value only what was found.

            q~[h] = q[h] W_k[h]^T                      q[h] . (c W_k[h]) = q~[h] . c
            out[h] = (softmax((q~[h] . c + q_r[h] . k_r) * scale) c) W_v[h]

        W_k[h]: the columns of k_from_latent of head h, (rank, D); its weight is (H*D, rank). The same numbers as from
        `naive` without QK norm: multi-query attention, all heads of which share one key, [c ; k_r], and one value, c.
        Arguments and result as for `naive`; `self.decode(query, key, value, scores)`, which is the backend as a rule,
        takes a single key/value head for all, (B, 1, Tk, ...).
        """
        # What multiplies the latent on its way to a key can as well multiply the query, on its way to the latent.
        W_k = self.k_from_latent.weight.view(self.n_head, self.head_dim, -1)
        query = torch.cat((torch.einsum("bthd,hdr->bthr", content, W_k), rotary), dim=-1)
        # One key and one value for all heads, and both are what the cache holds.
        key, value = torch.cat((latent, rotary_key), dim=-1)[:, None], latent[:, None]
        found = self.decode(query.transpose(1, 2), key, value, scores)
        # Every head found a mean of latents. The mean of values is the same, made into a value.
        W_v = self.v_from_latent.weight.view(self.n_head, self.value_head_dim, -1)
        return torch.einsum("bhtr,hvr->bthv", found, W_v)

    def decode(self, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        """Who computes attention to the latents."""
        return self.backend(query, key, value, scores)


class FlashMLA(MultiHeadLatentAttention):
    """The same attention, with a fused flash kernel for training and prompts: `backends.flash_backend` fills values up
    to the size of keys where the kernel wants them equal. A cached step attends to the latents, all heads to one key,
    by torch's own attention: heads of latent_rank + R numbers are too large for flash kernels of GPUs.

    Raises `ValueError` where the configuration asks for what flash kernels cannot do.
    """

    def __init__(self, config: GPTConfig):
        super().__init__(replace(config, attention_type="latent", attention_backend="flash"))

    def decode(self, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        """Torch's own attention, which chooses a kernel that takes heads of this size."""
        # To the one key of all heads, the queries of all are just more queries. Told to share it, torch would copy it.
        B, H, Tq, D = query.shape
        mask = scores.visible().repeat(1, 1, H, 1)
        every = query.reshape(B, 1, H * Tq, D)
        out = F.scaled_dot_product_attention(every, key, value, attn_mask=mask, scale=scores.scale)
        return out.view(B, H, Tq, value.size(-1))
