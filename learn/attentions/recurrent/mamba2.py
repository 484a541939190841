"""Mamba-2: a state space model as a layer, with a convolution before it, and a gate and a norm behind."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS, repeat_kv
from ...debug import debug
from ...decoding.cache import LAYER_CACHES
from ...norms import rms_norm
from ...positions import Context
from ..settings_read import SETTINGS, STATE_SIZES
from .convolution import short_conv
from .gated_delta_net import delta_sizes, step_bias
from .ssd import discretise, ssd
from .states import StateCache, recall, scan


class GroupedGatedNorm(nn.Module):
    r"""A gate, then RMS norm by groups of channels, then a weight. Attributes: eps; n_group; weight (C), ones at first.

    Mamba-2 (arXiv:2405.21060), section 7.1.
    """

    def __init__(self, dim: int, n_group: int, eps: float):
        super().__init__()
        self.eps, self.n_group = eps, n_group
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "B T C"], gate: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""rms_norm(x * silu(gate), group by group) * weight. Keeps the dtype of x; computed in float32 at least."""
        debug("GroupedGatedNorm.forward", x=x, gate=gate)
        # Gate before the norm: a gate that shuts all channels of a group alike changes nothing.
        # Norm every group of neighbouring channels by itself, then scale each channel.
        raise NotImplementedError("TODO: gate x by silu, rms_norm every group of channels by itself, multiply by the weight")


class Mamba2(nn.Module):
    r"""Mamba-2 (SSD): linear attention with a step of its own for every token, which scales its value and its decay.

        x, B, C   = short_conv(u W_xBC)                   Hv heads of size Vd for x, Hk groups of size K for B and C
        step      = softplus(u W_dt + dt_bias)
        S         <- exp(-exp(A_log) step) S + B (step x)^T;        y = S^T C + D x
        out       = norm(y, u W_z) W_o

    B is what attention calls a key, C a query, x a value. Dao and Gu 2024 (arXiv:2405.21060), sections 6 and 7.
    """

    macs_per_score = cached_dim = 0  # it makes no scores, and keeps nothing of each token

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and what is beside them.

        xbc_proj: C -> Hv*Vd + 2 Hk*K    z_proj: C -> Hv*Vd    dt_proj: C -> Hv    o_proj: Hv*Vd -> C
        conv_weight (Hv*Vd + 2 Hk*K, kernel), uniform in +-1/sqrt(kernel); conv_bias, zeros
        A_log, dt_bias, D: `nn.Parameter` (Hv,): the logarithm of a number uniform in 1 ... 16, `step_bias(Hv)`, ones
        norm: `GroupedGatedNorm(Hv*Vd, Hk, config.norm_eps)`        dropout: `nn.Dropout(config.dropout)`

        `self.sizes = delta_sizes(config)` has Hk, Hv, K and Vd.
        """
        super().__init__()
        self.sizes = sizes = delta_sizes(config)
        xbc_dim = sizes.value_dim + 2 * sizes.key_dim
        # Project to values, keys and queries, to the gate, to a step for every head, and back into the stream.
        self.xbc_proj = nn.Linear(config.n_embd, xbc_dim, bias=config.bias)
        self.z_proj = nn.Linear(config.n_embd, sizes.value_dim, bias=config.bias)
        self.dt_proj = nn.Linear(config.n_embd, sizes.n_value_head, bias=config.bias)
        self.o_proj = nn.Linear(sizes.value_dim, config.n_embd, bias=config.bias)
        # Create the filters of the convolution, one for every channel.
        kernel = config.linear_conv_kernel_dim
        self.conv_weight = nn.Parameter(torch.empty(xbc_dim, kernel).uniform_(-(kernel**-0.5), kernel**-0.5))
        self.conv_bias = nn.Parameter(torch.zeros(xbc_dim))
        # Let heads forget at different speeds, and see their own token from the start.
        self.A_log = nn.Parameter(torch.empty(sizes.n_value_head).uniform_(1, 16).log())
        self.dt_bias = nn.Parameter(step_bias(sizes.n_value_head))
        self.D = nn.Parameter(torch.ones(sizes.n_value_head))
        self.norm = GroupedGatedNorm(sizes.value_dim, sizes.n_key_head, config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, recall, convolve, discretise, scan, skip, gate and norm, project back.

        `recall` and `scan` as in `GatedDeltaNet.forward`, with `ssd` as the rule, of query (C), key (B), value (x),
        log_decay and step. C and B are repeated for the value heads of a group.
        """
        debug("Mamba2.forward", x=x, context=context)
        # Project, and recall what the convolution reads of the tokens before.
        # Convolve, then split into heads and put them in front: (B, heads, T, size).
        # Forget, write and read, token by token: a long step writes more, and forgets more.
        # Add what the token itself says past the state; then (B, T, Hv * Vd).
        # Gate and norm, and project back into the residual stream.
        raise NotImplementedError("TODO: project, recall, convolve, discretise, scan, add D x, gate and norm, project back")

    def split_heads(self, xbc: Float[Tensor, "B T XBC"]) -> tuple[Tensor, Tensor, Tensor]:
        """Values, keys and queries, with the heads in front: (B, Hv, T, Vd), and (B, Hk, T, K) twice."""
        sizes = self.sizes
        value, key, query = xbc.split((sizes.value_dim, sizes.key_dim, sizes.key_dim), dim=-1)
        key, query = (each.unflatten(-1, (sizes.n_key_head, -1)).transpose(1, 2) for each in (key, query))
        return value.unflatten(-1, (sizes.n_value_head, -1)).transpose(1, 2), key, query

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: the convolution, writing a state, and
        reading it."""
        return self.conv_weight.numel() + 2 * self.state_dim

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.sizes.key_head_dim * self.sizes.value_dim

    @property
    def tail_dim(self) -> int:
        """The elements of the last tokens that a cache keeps besides."""
        xbc_dim, kernel = self.conv_weight.shape
        return (kernel - 1) * xbc_dim


ATTENTIONS["mamba2"] = Mamba2
SETTINGS["mamba2"] = (*STATE_SIZES, "linear_conv_kernel_dim")
LAYER_CACHES["mamba2"] = lambda config, rollback_window: StateCache(rollback_window, config.linear_conv_kernel_dim - 1)
