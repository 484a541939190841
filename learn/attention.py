"""Attention: every token looks at the tokens before it and takes from those that matter."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, choose

from .debug import debug
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
        debug("FullWidthNorm.forward", x=x)
        # A head may then be larger or smaller than its neighbours; only all of them together have a fixed size.
        raise NotImplementedError("TODO: norm all heads of a token together")


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
        debug("CausalSelfAttention.__init__", config=config)
        # Remember the sizes that forward needs to split the projections into heads.
        # The root of D keeps the spread of the scores independent of D.
        # Queries get all H heads; keys and values only G, which is what makes their cache small.
        # What the heads found goes back into the residual stream through one more projection.
        # Queries and keys of a fixed size, before or after they are told their positions.
        # In training, forget some of what was looked at.
        raise NotImplementedError("TODO: create the four projections, with fewer heads for keys and values where asked, and the two QK norms")

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Attend causally: token t sees tokens 0 ... t, itself included.

            softmax(q k^T * scale + bias + mask) v, all heads side by side, times o_proj

        x: (B, T, C); context: what the positions have to say, `context.rotate(query)` and `context.bias`, (H, T, T) or
        None. Tables and bias may be of a wider dtype than x. Dropout acts on the result of the softmax, and on what is
        returned. Returns (B, T, C), in the dtype of x.
        """
        debug("CausalSelfAttention.forward", x=x, context=context)
        # Project, then split into heads: (B, T, heads, D).
        # QK norm: every query and key gets the same size, so that the scores cannot grow without bound in training.
        # Before the rotation ...
        # Tell queries and keys their positions. Values carry content only and are left alone.
        # ... or after it. A turn keeps lengths, so without weights for every number it makes no difference.
        # Each key/value head serves H/G neighbouring query heads.
        # Heads in front, so that one matrix product serves all of them: (B, H, T, D).
        # How well each query fits each key, by content and, with a bias, by distance.
        # Hide the future: a weight of exactly zero needs a score of minus infinity, before the softmax.
        # Take the weighted mean of the values, lay the heads side by side again, and project back.
        raise NotImplementedError("TODO: let every token attend to itself and the tokens before it")
