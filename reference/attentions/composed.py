"""Softmax attention with everything that public models vary, in named slots."""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

from ..attention import ATTENTIONS
from ..normalizations import NORMS
from ..positions import Context
from .backends.fused import build_backend
from .backends.scored import ScoreMods
from .settings_read import SETTINGS, SOFTMAX


class FullWidthNorm(nn.Module):
    r"""One norm over all heads of a token together, instead of one for each head. Attribute: norm, over heads * D.

    OLMo 2 (arXiv:2501.00656), section 3.3.2, norms its queries and keys this way.
    """

    def __init__(self, norm: nn.Module):
        super().__init__()
        self.norm = norm

    def forward(self, x: Float[Tensor, "B T heads D"]) -> Float[Tensor, "B T heads D"]:
        r"""norm(all heads concatenated), split into heads again. x: (B, T, heads, D); same shape and dtype."""
        # A head may then be larger or smaller than its neighbours; only all of them together have a fixed size.
        return self.norm(x.flatten(-2)).unflatten(-1, x.shape[-2:])


Norm = Callable[[int], nn.Module]  # of a size


def no_qk_norm(norm: Norm, heads: int, head_dim: int) -> nn.Module:
    r"""Queries and keys as they are: y = x."""
    return nn.Identity()


def head_norm(norm: Norm, heads: int, head_dim: int) -> nn.Module:
    r"""Every head of a token by itself: y[h] = norm(x[h]). Henry et al. 2020 (arXiv:2010.04245)."""
    return norm(head_dim)


def full_width_norm(norm: Norm, heads: int, head_dim: int) -> nn.Module:
    r"""All heads of a token together: y = norm([x[0] ; ... ; x[H - 1]]). OLMo 2 (arXiv:2501.00656), section 3.3.2."""
    return FullWidthNorm(norm(heads * head_dim))


# For each kind of QK norm: a function of the norm's class with its eps filled in, of how many heads, and of their size.
QK_NORMS = {"off": no_qk_norm, "head": head_norm, "full": full_width_norm}


def build_qk_norm(config: GPTConfig, heads: int) -> nn.Module:
    """The norm of queries or keys that config.qk_norm and config.qk_normalization name. Raises `ValueError`."""
    norm = lookup(NORMS, "qk_normalization", config.qk_normalization)
    kind = lookup(QK_NORMS, "qk_norm", config.qk_norm)
    return kind(lambda dim: norm(dim, config.norm_eps), heads, config.head_dim)


# Steps between the projections and the scores: of the layer, the queries, the keys, and the context.
Step = Callable[[nn.Module, Tensor, Tensor, Context], tuple[Tensor, Tensor]]


def rotate(layer: nn.Module, query: Tensor, key: Tensor, context: Context) -> tuple[Tensor, Tensor]:
    """Queries and keys, rotated by their positions."""
    return context.rotate(query), context.rotate(key)


def qk_norm(layer: nn.Module, query: Tensor, key: Tensor, context: Context) -> tuple[Tensor, Tensor]:
    """Queries and keys, normalised."""
    return layer.q_norm(query), layer.k_norm(key)


def no_gate(layer: nn.Module, y: Tensor, x: Tensor) -> Tensor:
    """The heads' outputs y as they are."""
    return y


def sigmoid_gate(layer: nn.Module, y: Float[Tensor, "B T HD"], x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T HD"]:
    r"""y * sigmoid(layer.gate_proj(x)), element by element, in the dtype of y.

    y: the heads' outputs, concatenated; x: what this attention reads. Qiu et al. 2025 (arXiv:2505.06708); Qwen3-Next.
    """
    # Compute a factor between zero and one for every element of the heads' outputs, from what attention reads.
    return y * torch.sigmoid(layer.gate_proj(x))


class Attention(nn.Module):
    r"""Softmax attention, whose slots are filled when it is built: forward has no branch.

    query, key, value = projections of x, (B, T, heads, D)
    query, key        = step(query, key), for each of the steps: the rotation and the QK norm, in their order
    y                 = attend(query, key, value)
    out               = dropout(o_proj(gate(y, x)))
    """

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, the norms, and fill the slots.

        q_proj: C -> H*D    k_proj: C -> G*D    v_proj: C -> G*D    o_proj: H*D -> C
        q_norm: `build_qk_norm(config, H)`        k_norm: `build_qk_norm(config, G)`
        steps:  (rotate, qk_norm) where config.qk_norm_after_rotary, else (qk_norm, rotate)
        gate:   sigmoid_gate where config.attention_gate, with gate_proj: C -> H*D like the others; else no_gate
        sinks:  `nn.Parameter` (H,) of zeros where config.attention_sinks, else None
        backend: `build_backend(config)`        dropout: `nn.Dropout(config.dropout)`

        Also keep n_head (H), n_kv_head (G), head_dim (D), window (that of this layer, `config.layer_windows[layer]`),
        softcap (config.attention_softcap) and scale: config.softmax_scale, or D^(-1/2) where that is None.
        """
        super().__init__()
        # Keep the sizes, with which forward splits the projections into heads.
        self.n_head, self.n_kv_head, self.head_dim = config.n_head, config.n_kv_head, config.head_dim
        # Create the projections.
        self.q_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)
        self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * config.head_dim, bias=config.bias)
        self.o_proj = nn.Linear(config.n_head * config.head_dim, config.n_embd, bias=config.bias)
        # Choose the steps on queries and keys, and their order.
        self.q_norm = build_qk_norm(config, config.n_head)
        self.k_norm = build_qk_norm(config, config.n_kv_head)
        self.steps: tuple[Step, ...] = (rotate, qk_norm) if config.qk_norm_after_rotary else (qk_norm, rotate)
        # Choose what is done to the scores, and the backend that computes them.
        self.scale = config.head_dim**-0.5 if config.softmax_scale is None else config.softmax_scale
        self.window = config.layer_windows[layer]
        self.softcap = config.attention_softcap
        self.sinks = nn.Parameter(torch.zeros(config.n_head)) if config.attention_sinks else None
        self.backend = build_backend(config)
        # Choose what happens to the heads' outputs.
        self.gate = no_gate
        if config.attention_gate:
            self.gate_proj = nn.Linear(config.n_embd, config.n_head * config.head_dim, bias=config.bias)
            self.gate = sigmoid_gate
        self.dropout = nn.Dropout(config.dropout)

    @property
    def macs_per_score(self) -> int:
        """Multiplications for each score, over all heads: with the key, and with the value."""
        return self.n_head * (self.head_dim + self.head_dim)

    @property
    def cached_dim(self) -> int:
        """The elements of a token that a cache keeps."""
        return self.n_kv_head * (self.head_dim + self.head_dim)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, apply the steps, attend, gate, project back.

        x: (B, T, C). `self.attend(query, key, value, context)` takes all three as (B, T, heads, D) and returns
        (B, T, H, D). Each of self.steps is called with (self, query, key, context), self.gate with (self, y, x).
        Returns (B, T, C), in the dtype of x.
        """
        B, T, _ = x.shape
        # Project, then split into heads: (B, T, heads, D).
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        value = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        # Rotate and normalise queries and keys, in the order of this layer.
        for step in self.steps:
            query, key = step(self, query, key, context)
        # Attend, then concatenate the heads: (B, T, H * D).
        y = self.attend(query, key, value, context).flatten(2)
        # Gate the heads' outputs, and project back into the residual stream.
        return self.dropout(self.o_proj(self.gate(self, y, x)))

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G Dv"],
        context: Context,
    ) -> Float[Tensor, "B T H Dv"]:
        """Attention output of every head, before the gate; with a cache, over earlier tokens too."""
        key_position, key, value = context.update_cache(key, value)
        mods = ScoreMods.of(self, context, key_position)
        # Heads in front, so that one matrix product serves all of them: (B, heads, T, D).
        out = self.backend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mods)
        return out.transpose(1, 2)


class FlashCausalSelfAttention(Attention):
    """The same attention, always computed by a fused flash kernel: `backends.flash_backend` says by which. Raises
    `ValueError` where the configuration asks for what those cannot do."""

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(replace(config, attention_backend="flash"), layer)


def build_standard(config: GPTConfig, layer: int) -> nn.Module:
    """Softmax attention, by the flash kernels where config.attention_backend names them."""
    return (FlashCausalSelfAttention if config.attention_backend == "flash" else Attention)(config, layer)


ATTENTIONS["standard"] = build_standard
SETTINGS["standard"] = SOFTMAX
