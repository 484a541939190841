"""Lightning attention: linear attention with a decay that every head has, ALiBi's slopes, and a gate."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...decoding.cache import LAYER_CACHES
from ...normalizations.rms import RMSNorm
from ...positions import Context, Float32Buffers
from ..settings_read import SETTINGS
from .linear import linear_attention
from .states import StateCache, scan

LIGHTNING_EPS = 1e-6  # of the norm over all heads, whatever config.norm_eps is


def decay_rates(n_head: int, layer: int, n_layer: int) -> Float[Tensor, " H"]:
    r"""How much every head of a layer, counted from 0, forgets at each token: exp(-rate) is left.

        rate[h] = 2^(-8 (h + 1) / H) * (1 - layer / (L - 1 + 1e-5) + 1e-5)        h = 0 ... H - 1

    In float32 at least. Qin et al. 2024, Lightning Attention-2 (arXiv:2401.04658); MiniMax-01 (arXiv:2501.08313).
    """
    # A geometric series over the heads, as in ALiBi: from heads that see a few tokens to heads that see hundreds.
    dtype = torch.promote_types(torch.get_default_dtype(), torch.float32)
    slopes = 2 ** (-8 / n_head * torch.arange(1, n_head + 1, dtype=dtype))
    # The deeper the layer, the less it forgets; the last one hardly anything.
    return slopes * (1 - layer / (n_layer - 1 + 1e-5) + 1e-5)


class LightningAttention(Float32Buffers):
    r"""Lightning attention: silu in the place of a softmax, a decay in the place of positions.

        q, k, v = silu(x W_qkv), H heads of size D each
        y       = linear_attention(q, k, v, -rate)
        out     = (norm(y) * sigmoid(x W_gate)) W_o        the norm over all heads together

    MiniMax-01 (arXiv:2501.08313), section 2.2.
    """

    macs_per_score = cached_dim = tail_dim = 0  # no scores, nothing of each token, and no convolution

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and the norm.

        qkv_proj: C -> 3 H*D        gate_proj: C -> H*D        o_proj: H*D -> C
        norm: `RMSNorm(H*D, LIGHTNING_EPS)`        dropout: `nn.Dropout(config.dropout)`
        rates: a buffer (H,), `decay_rates(H, layer, config.n_layer)`, not saved

        Also keep n_head (H) and head_dim (D).
        """
        super().__init__()
        self.n_head, self.head_dim = config.n_head, config.head_dim
        width = config.n_head * config.head_dim
        # Project to queries, keys and values, to the gate, and back into the residual stream.
        self.qkv_proj = nn.Linear(config.n_embd, 3 * width, bias=config.bias)
        self.gate_proj = nn.Linear(config.n_embd, width, bias=config.bias)
        self.o_proj = nn.Linear(width, config.n_embd, bias=config.bias)
        self.norm = RMSNorm(width, LIGHTNING_EPS)
        self.dropout = nn.Dropout(config.dropout)
        # What a head forgets is fixed: a constant of the layer.
        self.register_buffer("rates", decay_rates(config.n_head, layer, config.n_layer), persistent=False)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, scan, norm, gate, project back.

        `scan(context, linear_attention, query, key, value, log_decay)` takes all with the heads in front, (B, H, T, D)
        and (B, H, T), and returns what the state answers, (B, H, T, D).
        """
        # Project, through SiLU.
        qkv = F.silu(self.qkv_proj(x))
        # Split into queries, keys and values, each into heads, and put the heads in front: (B, H, T, D).
        query, key, value = (part.unflatten(-1, (self.n_head, -1)).transpose(1, 2) for part in qkv.chunk(3, dim=-1))
        # Forget at each token as much as the head does.
        log_decay = -self.rates[:, None].expand(qkv.size(0), -1, qkv.size(1))
        y = scan(context, linear_attention, query, key, value, log_decay)
        # Concatenate the heads, norm them all together, gate them, and project back into the residual stream.
        y = self.norm(y.transpose(1, 2).flatten(2)) * torch.sigmoid(self.gate_proj(x))
        return self.dropout(self.o_proj(y))

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: writing a state, and reading it."""
        return 2 * self.state_dim

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.n_head * self.head_dim**2


ATTENTIONS["lightning"] = LightningAttention
SETTINGS["lightning"] = ()
LAYER_CACHES["lightning"] = lambda config, rollback_window: StateCache(rollback_window)
