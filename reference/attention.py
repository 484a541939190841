"""Attention: every token looks at the tokens before it and takes from those that matter."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from .norms import rms_norm
from .positions import Context, apply_rotary


class CausalSelfAttention(nn.Module):
    r"""Grouped-query causal self-attention with rotary positions and QK norm.

        scores[t, s] = N(R_t q_t) . N(R_s k_s) / sqrt(D)        for s <= t, else -inf
        out[t]       = sum over s of softmax(scores[t])[s] * v_s

    R_t is the rotation of position t, N the weightless RMS norm over a head. Query head i reads key/value head
    floor(i * G / H), so that neighbouring query heads share one (G = H is multi-head, G = 1 multi-query attention).

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.2; grouped queries: Ainslie et al. 2023 (arXiv:2305.13245);
    QK norm: Henry et al. 2020 (arXiv:2010.04245), here after the rotation and without a weight, as nanochat does.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the four projections, all `nn.Linear` without bias.

        q_proj: C -> H*D (queries)        k_proj: C -> G*D (keys)
        v_proj: C -> G*D (values)         o_proj: H*D -> C (output)

        Also keep `n_head` (H), `n_kv_head` (G), `head_dim` (D) and `norm_eps` from the config.
        """
        super().__init__()
        # Remember the sizes that forward needs to split the projections into heads.
        self.n_head = config.n_head
        self.n_kv_head = config.n_kv_head
        self.head_dim = config.head_dim
        self.norm_eps = config.norm_eps
        # Queries get all H heads; keys and values only G, which is what makes their cache small.
        self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=False)
        self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)
        self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=False)
        # What the heads found goes back into the residual stream through one more projection.
        self.o_proj = nn.Linear(config.n_head * config.head_dim, config.n_embd, bias=False)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Attend causally: token t sees tokens 0 ... t, itself included.

            softmax(N(R q) N(R k)^T / sqrt(D) + mask) v, all heads side by side, times o_proj

        x: (B, T, C); context: the rotary tables for these T positions. Returns (B, T, C), in the dtype of x.
        """
        B, T, _ = x.shape
        # Project, then split into heads: (B, T, heads, D).
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        # Tell queries and keys their positions. Values carry content only and are left alone.
        query, key = apply_rotary(query, *context), apply_rotary(key, *context)
        # QK norm: every query and key gets the same length, so that the scores cannot grow without bound in training.
        query, key = rms_norm(query, self.norm_eps), rms_norm(key, self.norm_eps)
        # Each key/value head serves H/G neighbouring query heads.
        key = key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)
        value = value.repeat_interleave(self.n_head // self.n_kv_head, dim=2)
        # Heads in front, so that one matrix product serves all of them: (B, H, T, D).
        query, key, value = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        # How well each query fits each key. The root of D keeps the spread of the scores independent of D.
        scores = query @ key.transpose(-2, -1) * self.head_dim**-0.5
        # Hide the future: a weight of exactly zero needs a score of minus infinity, before the softmax.
        future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)
        weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)
        # Take the weighted mean of the values, lay the heads side by side again, and project back.
        out = (weights @ value).transpose(1, 2).reshape(B, T, -1)
        return self.o_proj(out)
