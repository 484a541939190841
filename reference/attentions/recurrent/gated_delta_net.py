"""Gated DeltaNet: a layer that remembers by the gated delta rule."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS, repeat_kv
from ...decoding.cache import LAYER_CACHES
from ...normalizations.l2 import L2Norm
from ...positions import Context
from ..settings_read import SETTINGS, STATE_SIZES
from .convolution import short_conv
from .delta import gated_delta_rule
from .gated_norm import GatedRMSNorm
from .states import StateCache, recall, scan


class DeltaSizes(NamedTuple):
    """The heads of Gated DeltaNet: Hk of size K for queries and keys, Hv of size Vd for values."""

    n_key_head: int
    n_value_head: int
    key_head_dim: int
    value_head_dim: int

    @property
    def key_dim(self) -> int:
        """Hk * K."""
        return self.n_key_head * self.key_head_dim

    @property
    def value_dim(self) -> int:
        """Hv * Vd."""
        return self.n_value_head * self.value_head_dim


def delta_sizes(config: GPTConfig) -> DeltaSizes:
    """What linear_num_key_heads, linear_num_value_heads, linear_key_head_dim and linear_value_head_dim of config say;
    where one is None, it is H, Hk, D or K. Raises `ValueError` where Hv is no multiple of Hk."""
    n_key_head = config.linear_num_key_heads or config.n_head
    n_value_head = config.linear_num_value_heads or n_key_head
    key_head_dim = config.linear_key_head_dim or config.head_dim
    value_head_dim = config.linear_value_head_dim or key_head_dim
    if n_value_head % n_key_head:
        raise ValueError(
            f"linear_num_value_heads = {n_value_head}: it must be a multiple of linear_num_key_heads = {n_key_head}, "
            "so that every key head serves equally many value heads"
        )
    return DeltaSizes(n_key_head, n_value_head, key_head_dim, value_head_dim)


def step_bias(n: int) -> Float[Tensor, " n"]:
    r"""Initial values of dt_bias: softplus of one is a step between 0.001 and 0.1, its logarithm uniform.

    Mamba (arXiv:2312.00752), section 3.6. With speeds, exp(A_log), up to 16: what is remembered lasts from one token to
    thousands, and no head begins so fast that it never learns to remember.
    """
    step = torch.empty(n).uniform_(math.log(0.001), math.log(0.1)).exp()
    # The inverse of softplus: log(e^step - 1).
    return step.expm1().log()


L2_EPS = 1e-6  # of the lengths of queries and keys, whatever config.norm_eps is


class GatedDeltaNet(nn.Module):
    r"""Gated DeltaNet: attention in whose place stands a state that forgets and corrects.

        q, k, v   = short_conv(x W_qkv)             Hk heads of size K for queries and keys, Hv of size Vd for values
        q, k      = q / |q| / sqrt(K),  k / |k|     each read by Hv / Hk neighbouring value heads
        log_decay = -exp(A_log) softplus(x W_a + dt_bias)        beta = sigmoid(x W_b)
        y         = gated_delta_rule(q, k, v, log_decay, beta)
        out       = norm(y, x W_z) W_o

    It needs no positions: the order of the tokens is that in which they are written.

    Yang, Kautz and Hatamizadeh 2024 (arXiv:2412.06464), section 3.4; Qwen3-Next.
    """

    macs_per_score = cached_dim = 0  # it makes no scores, and keeps nothing of each token

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and what is beside them.

        qkv_proj: C -> 2 Hk*K + Hv*Vd    z_proj: C -> Hv*Vd    a_proj, b_proj: C -> Hv    o_proj: Hv*Vd -> C
        conv_weight: `nn.Parameter` (2 Hk*K + Hv*Vd, kernel), uniform in +-1/sqrt(kernel)
        A_log, dt_bias: `nn.Parameter` (Hv,): the logarithm of a number uniform in 0.01 ... 16, and `step_bias(Hv)`
        qk_norm: `L2Norm(K, L2_EPS)`        norm: `GatedRMSNorm(Vd, config.norm_eps)`
        dropout: `nn.Dropout(config.dropout)`

        `self.sizes = delta_sizes(config)` has Hk, Hv, K and Vd as n_key_head, n_value_head, key_head_dim and
        value_head_dim, and Hk*K and Hv*Vd as key_dim and value_dim. kernel: config.linear_conv_kernel_dim.
        """
        super().__init__()
        self.sizes = sizes = delta_sizes(config)
        qkv_dim = 2 * sizes.key_dim + sizes.value_dim
        # Project to queries, keys and values, to the gate, and to two numbers for every value head.
        self.qkv_proj = nn.Linear(config.n_embd, qkv_dim, bias=config.bias)
        self.z_proj = nn.Linear(config.n_embd, sizes.value_dim, bias=config.bias)
        self.a_proj = nn.Linear(config.n_embd, sizes.n_value_head, bias=config.bias)
        self.b_proj = nn.Linear(config.n_embd, sizes.n_value_head, bias=config.bias)
        # Project the heads' outputs back into the residual stream.
        self.o_proj = nn.Linear(sizes.value_dim, config.n_embd, bias=config.bias)
        # Create the filters of the convolution, one for every channel.
        kernel = config.linear_conv_kernel_dim
        self.conv_weight = nn.Parameter(torch.empty(qkv_dim, kernel).uniform_(-(kernel**-0.5), kernel**-0.5))
        # Let heads forget at different speeds.
        self.A_log = nn.Parameter(torch.empty(sizes.n_value_head).uniform_(0.01, 16).log())
        self.dt_bias = nn.Parameter(step_bias(sizes.n_value_head))
        # Create the norms.
        self.qk_norm = L2Norm(sizes.key_head_dim, L2_EPS)
        self.norm = GatedRMSNorm(sizes.value_head_dim, config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, recall, convolve, scan, gate, project back.

        `recall(context, kernel - 1, qkv)` returns a list with qkv, the kernel - 1 tokens before these in front, as
        `short_conv` wants it.
        `scan(context, gated_delta_rule, query, key, value, log_decay, beta)` takes all with the heads in front,
        (B, Hv, T, ...), and returns what the state answers, (B, Hv, T, Vd).
        """
        # Project, and recall what the convolution reads of the tokens before.
        (qkv,) = recall(context, self.conv_weight.size(1) - 1, self.qkv_proj(x))
        # Convolve, then split into heads and put them in front: (B, heads, T, size).
        query, key, value = self.split_heads(short_conv(qkv, self.conv_weight))
        # Give queries and keys the length one, and the products of large heads the size of those of small ones.
        query, key = self.qk_norm(query) * self.sizes.key_head_dim**-0.5, self.qk_norm(key)
        query, key = repeat_kv(query, self.sizes.n_value_head), repeat_kv(key, self.sizes.n_value_head)
        # Forget, correct and read, token by token; then (B, T, Hv, Vd).
        log_decay, beta = self.gates(x)
        y = scan(context, gated_delta_rule, query, key, value, log_decay.mT, beta.mT).transpose(1, 2)
        # Norm and gate every head, concatenate them, and project back into the residual stream.
        y = self.norm(y, self.z_proj(x).view_as(y)).flatten(2)
        return self.dropout(self.o_proj(y))

    def gates(self, x: Float[Tensor, "B T C"]) -> tuple[Float[Tensor, "B T Hv"], Float[Tensor, "B T Hv"]]:
        r"""How much every head forgets before a token, and how strongly it writes.

            log_decay = -exp(A_log) softplus(a_proj(x) + dt_bias)        beta = sigmoid(b_proj(x))

        log_decay in float32 at least: a decay of 0.999 is 1 in bfloat16. Mamba (arXiv:2312.00752), section 3.6.
        """
        # Forget at a speed that every head has, and more or less of it at every token.
        dtype = torch.promote_types(x.dtype, torch.float32)
        step = F.softplus(self.a_proj(x).to(dtype) + self.dt_bias.to(dtype))
        return -self.A_log.to(dtype).exp() * step, self.b_proj(x).sigmoid()

    def split_heads(self, qkv: Float[Tensor, "B T QKV"]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, with the heads in front: (B, Hk, T, K) twice, and (B, Hv, T, Vd)."""
        sizes = self.sizes
        query, key, value = qkv.split((sizes.key_dim, sizes.key_dim, sizes.value_dim), dim=-1)
        query, key = (each.unflatten(-1, (sizes.n_key_head, -1)).transpose(1, 2) for each in (query, key))
        return query, key, value.unflatten(-1, (sizes.n_value_head, -1)).transpose(1, 2)

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: the convolution, and for every element of
        the states reading under the key, writing, and reading with the query."""
        return self.conv_weight.numel() + 3 * self.state_dim

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.sizes.key_head_dim * self.sizes.value_dim

    @property
    def tail_dim(self) -> int:
        """The elements of the last tokens that a cache keeps besides."""
        qkv_dim, kernel = self.conv_weight.shape
        return (kernel - 1) * qkv_dim


ATTENTIONS["delta"] = GatedDeltaNet
SETTINGS["delta"] = (*STATE_SIZES, "linear_conv_kernel_dim", "linear_allow_neg_eigval", "linear_norm_eps")
LAYER_CACHES["delta"] = lambda config, rollback_window: StateCache(rollback_window, config.linear_conv_kernel_dim - 1)
