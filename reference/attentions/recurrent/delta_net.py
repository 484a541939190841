"""DeltaNet: a layer that remembers by the delta rule alone, and forgets nothing that it is not told to correct."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...decoding.cache import LAYER_CACHES
from ...normalizations.l2 import L2Norm
from ...normalizations.rms import RMSNorm
from ...positions import Context
from ..settings_read import SETTINGS
from .convolution import short_conv
from .delta import gated_delta_rule
from .gated_delta_net import L2_EPS, GatedDeltaNet
from .states import StateCache, recall, scan


class DeltaNet(nn.Module):
    r"""DeltaNet: linear attention that corrects what it has written, and neither decays nor gates.

        q, k, v = short_conv(x W_qkv)        H heads of size D each;  q = q / |q| / sqrt(D),  k = k / |k|
        beta    = sigmoid(x W_b)
        y       = gated_delta_rule(q, k, v, 0, beta)        a log_decay of 0: the delta rule
        out     = norm(y) W_o

    Yang et al. 2024, DeltaNet (arXiv:2406.06484), section 3.3.
    """

    macs_per_score = cached_dim = 0  # it makes no scores, and keeps nothing of each token
    macs_per_token = GatedDeltaNet.macs_per_token

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and what is beside them.

        qkv_proj: C -> 3 H*D        b_proj: C -> H        o_proj: H*D -> C
        conv_weight: `nn.Parameter` (3 H*D, kernel), uniform in +-1/sqrt(kernel)
        qk_norm: `L2Norm(D, L2_EPS)`        norm: `RMSNorm(D, config.norm_eps)`
        dropout: `nn.Dropout(config.dropout)`

        Also keep n_head (H) and head_dim (D). kernel: config.linear_conv_kernel_dim.
        """
        super().__init__()
        self.n_head, self.head_dim = config.n_head, config.head_dim
        width, kernel = config.n_head * config.head_dim, config.linear_conv_kernel_dim
        # Project to queries, keys and values, to one number for every head, and back into the residual stream.
        self.qkv_proj = nn.Linear(config.n_embd, 3 * width, bias=config.bias)
        self.b_proj = nn.Linear(config.n_embd, config.n_head, bias=config.bias)
        self.o_proj = nn.Linear(width, config.n_embd, bias=config.bias)
        # Create the filters of the convolution, one for every channel.
        self.conv_weight = nn.Parameter(torch.empty(3 * width, kernel).uniform_(-(kernel**-0.5), kernel**-0.5))
        # Create the norms.
        self.qk_norm = L2Norm(config.head_dim, L2_EPS)
        self.norm = RMSNorm(config.head_dim, config.norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, recall, convolve, scan, norm, project back.

        `recall(context, kernel - 1, qkv)` returns a list with qkv, the kernel - 1 tokens before these in front, as
        `short_conv` wants it.
        `scan(context, gated_delta_rule, query, key, value, log_decay, beta)` takes all with the heads in front,
        (B, H, T, D) and (B, H, T), and returns what the state answers, (B, H, T, D).
        """
        # Project, and recall what the convolution reads of the tokens before.
        (qkv,) = recall(context, self.conv_weight.size(1) - 1, self.qkv_proj(x))
        # Convolve, then split into queries, keys and values, each into heads, and put the heads in front: (B, H, T, D).
        parts = short_conv(qkv, self.conv_weight).chunk(3, dim=-1)
        query, key, value = (part.unflatten(-1, (self.n_head, -1)).transpose(1, 2) for part in parts)
        # Give queries and keys the length one, and the products of large heads the size of those of small ones.
        query, key = self.qk_norm(query) * self.head_dim**-0.5, self.qk_norm(key)
        # Correct as strongly as the token says, read, and forget nothing.
        beta = self.b_proj(x).sigmoid()
        y = scan(context, gated_delta_rule, query, key, value, torch.zeros_like(beta.mT), beta.mT)
        # Norm every head, concatenate them, and project back into the residual stream.
        y = self.norm(y).transpose(1, 2).flatten(2)
        return self.dropout(self.o_proj(y))

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.n_head * self.head_dim**2

    @property
    def tail_dim(self) -> int:
        """The elements of the last tokens that a cache keeps besides."""
        qkv_dim, kernel = self.conv_weight.shape
        return (kernel - 1) * qkv_dim


ATTENTIONS["deltanet"] = DeltaNet
SETTINGS["deltanet"] = ("linear_conv_kernel_dim",)
LAYER_CACHES["deltanet"] = lambda config, rollback_window: StateCache(
    rollback_window, config.linear_conv_kernel_dim - 1
)
