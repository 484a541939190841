"""Retention: linear attention whose positions are a rotation and a decay of every head."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...debug import debug
from ...decoding.cache import LAYER_CACHES
from ...positions import POSITION_ENCODINGS, Context, Float32Buffers
from ..settings_read import POSITIONS, SETTINGS
from .linear import linear_attention
from .states import StateCache, scan


def log_gamma(n_head: int) -> Float[Tensor, " H"]:
    r"""The logarithm of what is left of a head's state at each token: log(1 - 2^(-5 - h)), h = 0 ... H - 1.

    In float32 at least. Sun et al. 2023, RetNet (arXiv:2307.08621), section 2.2.
    """
    debug("log_gamma", n_head=n_head)
    # The first head forgets a 32nd at each token, every further one half as much.
    raise NotImplementedError("TODO: log(1 - 2^(-5 - h)) for each head h")


class MultiScaleRetention(Float32Buffers):
    r"""Multi-scale retention: no softmax, but a rotation and a decay by the distance of two tokens.

        q, k, v = x W_q, x W_k, x W_v        H heads of size D for q and k, of size Vd for v
        y[t]    = sum over s <= t of gamma^(t - s) (rotate(q[t]) . rotate(k[s]) / sqrt(D)) v[s]
        out     = (silu(x W_gate) * group_norm(y)) W_o

    This is xPos with one gamma for all pairs of a head: a factor in front of rotary positions, and not in the queries
    and keys themselves, whose powers would overflow. The rotation is that of config.position_encoding, "rope".

    Sun et al. 2023, RetNet (arXiv:2307.08621), sections 2.1 and 2.2.
    """

    macs_per_score = cached_dim = tail_dim = 0  # no scores, nothing of each token, and no convolution

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so.

        q_proj, k_proj: C -> H*D        v_proj, gate_proj: C -> H*Vd        o_proj: H*Vd -> C
        log_gamma: a buffer (H,), `log_gamma(H)`, not saved        dropout: `nn.Dropout(config.dropout)`

        Also keep n_head (H), head_dim (D), value_head_dim (Vd: config.linear_value_head_dim, or D) and norm_eps.
        Raises `ValueError` where the positions of this layer are a bias on scores, which it has not.
        """
        super().__init__()
        refuse_bias(config, layer)
        self.n_head, self.head_dim, self.norm_eps = config.n_head, config.head_dim, config.norm_eps
        self.value_head_dim = config.linear_value_head_dim or config.head_dim
        key_dim, value_dim = self.n_head * self.head_dim, self.n_head * self.value_head_dim
        # Project to queries, keys and values, to the gate, and back into the residual stream.
        self.q_proj = nn.Linear(config.n_embd, key_dim, bias=config.bias)
        self.k_proj = nn.Linear(config.n_embd, key_dim, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, value_dim, bias=config.bias)
        self.gate_proj = nn.Linear(config.n_embd, value_dim, bias=config.bias)
        self.o_proj = nn.Linear(value_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
        # What a head forgets is fixed: a constant of the layer.
        self.register_buffer("log_gamma", log_gamma(config.n_head), persistent=False)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, rotate, scan, norm, gate, project back.

        `context.rotate(y)` takes and returns (B, T, H, D). `scan(context, linear_attention, query, key, value,
        log_decay)` takes all with the heads in front, (B, H, T, ...) and (B, H, T), and returns what the state answers,
        (B, H, T, Vd). The group norm has no weights: mean 0 and variance 1 in every head.
        """
        debug("MultiScaleRetention.forward", x=x, context=context)
        # Project, and split into heads: (B, T, H, size).
        # Rotate queries and keys by their positions, and give the products of large heads the size of those of small.
        # Put the heads in front: (B, H, T, size).
        # Forget at each token as much as the head does, write, and read.
        # Group norm: each head by itself. Then concatenate the heads, gate them, and project back.
        raise NotImplementedError("TODO: project, rotate q and k, scan, group norm, gate by silu, project back")

    @property
    def macs_per_token(self) -> int:
        """Multiplications for each token besides those of the linear layers: writing a state, and reading it."""
        return 2 * self.state_dim

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.n_head * self.head_dim * self.value_head_dim


def refuse_bias(config: GPTConfig, layer: int) -> None:
    """Raises `ValueError` where the position encoding of a layer is a bias on scores."""
    if getattr(POSITION_ENCODINGS.get(name := config.layer_positions[layer]), "bias", None) is not None:
        raise ValueError(
            f"position_encoding = {name!r} with attention_type = 'retention': it has no scores to add a bias to; "
            "choose 'rope' or 'none' for its layers"
        )


ATTENTIONS["retention"] = MultiScaleRetention
SETTINGS["retention"] = (*POSITIONS, "linear_value_head_dim", "clip_qkv")
LAYER_CACHES["retention"] = lambda config, rollback_window: StateCache(rollback_window)
