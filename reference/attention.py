"""Attention: every token looks at the tokens before it and takes from those that matter."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, choose

from .norms import NORMS
from .positions import Context


class FullWidthNorm(nn.Module):
    r"""One norm over all heads of a token together, instead of one for each head. Attribute: norm, over heads * D.

    OLMo 2 (arXiv:2501.00656), section 3.3, norms its queries and keys this way.
    """

    def __init__(self, norm: nn.Module):
        super().__init__()
        self.norm = norm

    def forward(self, x: Float[Tensor, "B T heads D"]) -> Float[Tensor, "B T heads D"]:
        r"""norm(all heads side by side), split into heads again. x: (B, T, heads, D); same shape and dtype."""
        # A head may then be larger or smaller than its neighbours; only all of them together have a fixed size.
        return self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])


# For each kind of QK norm: a function of the norm's class with its eps filled in, of how many heads, and of their size.
QK_NORMS = {
    "off": lambda norm, heads, head_dim: nn.Identity(),
    "head": lambda norm, heads, head_dim: norm(head_dim),
    "full": lambda norm, heads, head_dim: FullWidthNorm(norm(heads * head_dim)),
}


def build_qk_norm(config: GPTConfig, heads: int) -> nn.Module:
    """What norms queries or keys (B, T, heads, D), as config.qk_norm and config.qk_normalization say. `ValueError`."""
    norm = choose(NORMS, "qk_normalization", config.qk_normalization)
    kind = choose(QK_NORMS, "qk_norm", config.qk_norm)
    return kind(lambda dim: norm(dim, config.norm_eps), heads, config.head_dim)


class CausalSelfAttention(nn.Module):
    r"""Grouped-query causal self-attention.

        scores[t, s] = q_t . k_s * scale + bias[t, s]        for s <= t, else -inf
        out[t]       = sum over s of softmax(scores[t])[s] * v_s

    q_t and k_s are the projections of tokens t and s, normed where QK norm is on, and turned where positions are
    rotary; the bias is that of the positions, if they have one. Query head i reads key/value head floor(i * G / H), so
    that neighbouring query heads share one (G = H is multi-head, G = 1 multi-query attention).

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.2; grouped queries: Ainslie et al. 2023 (arXiv:2305.13245);
    QK norm: Henry et al. 2020 (arXiv:2010.04245).
    """

    def __init__(self, config: GPTConfig):
        r"""Create the four projections, `nn.Linear` with a bias where config.bias says so, and the norms between them.

        q_proj: C -> H*D (queries)        k_proj: C -> G*D (keys)
        v_proj: C -> G*D (values)         o_proj: H*D -> C (output)
        q_norm: `build_qk_norm(config, H)`        k_norm: `build_qk_norm(config, G)`
        dropout: `nn.Dropout(config.dropout)`

        Also keep `n_head` (H), `n_kv_head` (G), `head_dim` (D) and `qk_norm_after_rotary` from the config, and `scale`:
        config.score_scale, or D^(-1/2) where that is None.
        """
        super().__init__()
        # Remember the sizes that forward needs to split the projections into heads.
        self.n_head = config.n_head
        self.n_kv_head = config.n_kv_head
        self.head_dim = config.head_dim
        # The root of D keeps the spread of the scores independent of D.
        self.scale = config.head_dim**-0.5 if config.score_scale is None else config.score_scale
        # Queries get all H heads; keys and values only G, which is what makes their cache small.
        self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)
        self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)
        # What the heads found goes back into the residual stream through one more projection.
        self.o_proj = nn.Linear(config.n_head * config.head_dim, config.n_embd, bias=config.bias)
        # Queries and keys of a fixed size, before or after they are told their positions.
        self.q_norm = build_qk_norm(config, config.n_head)
        self.k_norm = build_qk_norm(config, config.n_kv_head)
        self.qk_norm_after_rotary = config.qk_norm_after_rotary
        # In training, forget some of what was looked at.
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Attend causally: token t sees tokens 0 ... t, itself included.

            softmax(q k^T * scale + bias + mask) v, all heads side by side, times o_proj

        x: (B, T, C); context: what the positions have to say, `context.rotate(query)` and `context.bias`, (H, T, T) or
        None. Tables and bias may be of a wider dtype than x. Dropout acts on the result of the softmax, and on what is
        returned. Returns (B, T, C), in the dtype of x.
        """
        B, T, _ = x.shape
        # Project, then split into heads: (B, T, heads, D).
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        # QK norm: every query and key gets the same size, so that the scores cannot grow without bound in training.
        # Before the rotation ...
        if not self.qk_norm_after_rotary:
            query, key = self.q_norm(query), self.k_norm(key)
        # Tell queries and keys their positions. Values carry content only and are left alone.
        query, key = context.rotate(query), context.rotate(key)
        # ... or after it. A turn keeps lengths, so without weights for every number it makes no difference.
        if self.qk_norm_after_rotary:
            query, key = self.q_norm(query), self.k_norm(key)
        # Each key/value head serves H/G neighbouring query heads.
        key = key.repeat_interleave(self.n_head // self.n_kv_head, dim=2)
        value = value.repeat_interleave(self.n_head // self.n_kv_head, dim=2)
        # Heads in front, so that one matrix product serves all of them: (B, H, T, D).
        query, key, value = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        # How well each query fits each key, by content and, with a bias, by distance.
        scores = query @ key.transpose(-2, -1) * self.scale
        if context.bias is not None:
            scores = scores + context.bias
        # Hide the future: a weight of exactly zero needs a score of minus infinity, before the softmax.
        future = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(diagonal=1)
        weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1).to(value.dtype)
        # Take the weighted mean of the values, lay the heads side by side again, and project back.
        out = (self.dropout(weights) @ value).transpose(1, 2).reshape(B, T, -1)
        return self.dropout(self.o_proj(out))
