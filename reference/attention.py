"""Attention: every token looks at the tokens before it and takes from those that matter."""

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, choose

from .backends import Scores, build_backend
from .norms import NORMS, rms_norm
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
    QK norm: Henry et al. 2020 (arXiv:2010.04245); output gate: Qiu et al. 2025 (arXiv:2505.06708), Qwen3-Next.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the four projections, `nn.Linear` with a bias where config.bias says so, and the norms between them.

        q_proj: C -> H*D (queries)        k_proj: C -> G*D (keys)
        v_proj: C -> G*D (values)         o_proj: H*D -> C (output)
        q_norm: `build_qk_norm(config, H)`        k_norm: `build_qk_norm(config, G)`
        dropout: `nn.Dropout(config.dropout)`     backend: `build_backend(config)`

        Also keep `n_head` (H), `n_kv_head` (G), `head_dim` (D) and `qk_norm_after_rotary` from the config, and `scale`:
        config.score_scale, or D^(-1/2) where that is None.

        Not for every model (None where the configuration does not ask for it, and nanochat asks for none of them):
        softcap: config.attention_softcap        sinks: where config.attention_sinks, `nn.Parameter` (H,) of zeros
        gate_proj: where config.attention_gate, C -> H*D like the others
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
        # How scores become weights, and who computes them.
        self.backend = build_backend(config)
        self.softcap = config.attention_softcap
        # A sink of zero counts as much as a key that fits neither well nor badly.
        self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None
        # A gate on everything that the heads found.
        self.gate_proj = None
        if config.attention_gate:
            self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)

    @property
    def numbers_per_pair(self) -> int:
        """Multiplications for a query and a key that it sees, over all heads: with the key, and with the value."""
        return self.n_head * (self.head_dim + self.head_dim)

    @property
    def numbers_cached(self) -> int:
        """How many numbers a cache keeps of every token."""
        return self.n_kv_head * (self.head_dim + self.head_dim)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Attend causally: token t sees tokens 0 ... t, itself included.

            query, key = rotate(N(x Wq)), rotate(N(x Wk))        or N(rotate(...)), where qk_norm_after_rotary
            out = dropout(attend(query, key, x Wv), all heads side by side, times Wo)

        x: (B, T, C); context: `context.rotate(y)` turns queries or keys y, (B, T, heads, D), by their positions.
        `self.attend(query, key, value, context)` takes all three as (B, T, heads, D) and returns (B, T, H, D).
        Where there is a gate_proj, what the heads found is multiplied by sigmoid(gate_proj(x)) before o_proj.
        Returns (B, T, C), in the dtype of x.
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
        # Look: every head of every token takes from the values that fit. Then lay the heads side by side again.
        out = self.attend(query, key, value, context).flatten(2)
        # With a gate, each token decides for itself how much of it lets through.
        if self.gate_proj is not None:
            out = out * torch.sigmoid(self.gate_proj(x))
        # Project back into the residual stream.
        return self.dropout(self.o_proj(out))

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G Dv"],
        context: Context,
    ) -> Float[Tensor, "B T H Dv"]:
        """What every head finds, computed by the backend; with a cache, also among tokens of earlier calls."""
        key_position, key, value = context.recall(key, value)
        scores = Scores.of(self, context, key_position)
        # Heads in front, so that one matrix product serves all of them: (B, heads, T, D).
        out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), scores)
        return out.transpose(1, 2)


class FlashCausalSelfAttention(CausalSelfAttention):
    """The same attention, always computed by a fused flash kernel: `backends.flash_backend` says by which. Raises
    `ValueError` where the configuration asks for what those cannot do."""

    def __init__(self, config: GPTConfig):
        super().__init__(replace(config, attention_backend="flash"))


class DifferentialAttention(CausalSelfAttention):
    r"""What one half of the heads finds, less what the other half finds: noise that both pick up is gone.

        out[h] = (1 - base) * rms_norm(find[h] - share * find[h + H/2])        h = 0 ... H/2 - 1
        share  = e^(q1 . k1) - e^(q2 . k2) + base        base = 0.8 - 0.6 e^(-0.3 layer), layers counted from 0

    find[h] is what head h finds among values of twice the size: those of the key/value heads g and g + G/2, side by
    side, where g = floor(h * G / H) mod G/2. As many numbers come out of the heads as ever.

    Ye et al. 2024, Differential Transformer (arXiv:2410.05258), section 2.1, whose lambda is `share` here.
    """

    def __init__(self, config: GPTConfig):
        r"""Create what `CausalSelfAttention` creates, and the vectors of the share.

        share_q1, share_k1, share_q2, share_k2: `nn.Parameter` (D,) each, normal, mean 0, std 0.1

        Also keep `norm_eps` from the config. Raises `ValueError` naming n_kv_head where it is odd.
        """
        super().__init__(config)
        if config.n_kv_head % 2:
            raise ValueError(
                f"n_kv_head = {config.n_kv_head}: differential attention needs an even number, since its values are "
                "those of two heads"
            )
        self.norm_eps = config.norm_eps
        # Near zero, so that the share starts near its base.
        for name in ("share_q1", "share_k1", "share_q2", "share_k2"):
            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))

    @property
    def numbers_per_pair(self) -> int:
        """The same: queries and keys of D numbers, values of 2 D."""
        return self.n_head * (self.head_dim + 2 * self.head_dim)

    @property
    def numbers_cached(self) -> int:
        """The same: values are kept in the pairs in which they are read."""
        return self.n_kv_head * (self.head_dim + 2 * self.head_dim)

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G D"],
        context: Context,
    ) -> Float[Tensor, "B T pairs_of_heads twice_D"]:
        r"""out as above, from what `super().attend(query, key, value, context)` finds.

        query: (B, T, H, D); key, value: (B, T, G, D). The base class takes values of any size and gives as many numbers
        back for every head. `context.layer` is the layer. The share is computed in float32 at least.
        Returns (B, T, H/2, 2 D), in the dtype of value.
        """
        # Key/value heads g and g + G/2 lend their values to each other.
        first, second = value.chunk(2, dim=2)
        value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)
        # Both halves look, with queries and keys of their own.
        signal, noise = super().attend(query, key, value, context).chunk(2, dim=2)
        # How much of the second is taken off: learned, from a base that grows with the depth.
        base = 0.8 - 0.6 * math.exp(-0.3 * context.layer)
        wide = torch.promote_types(value.dtype, torch.float32)
        q1, k1, q2, k2 = (share.to(wide) for share in (self.share_q1, self.share_k1, self.share_q2, self.share_k2))
        share = torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + base
        # The difference may be of any size: normed head by head, and made as large as an ordinary head's.
        return (1 - base) * rms_norm(signal - share.to(value.dtype) * noise, self.norm_eps)
