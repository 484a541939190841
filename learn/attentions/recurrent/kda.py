"""Kimi Delta Attention (KDA): the gated delta rule with a decay for every channel of the keys."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ...debug import debug
from ...decoding.cache import LAYER_CACHES
from ...normalizations.l2 import L2Norm
from ...norms import rms_norm
from ...positions import Context
from ..settings_read import SETTINGS, STATE_SIZES
from .convolution import short_conv
from .delta import delta_step
from .gated_delta_net import L2_EPS, GatedDeltaNet, delta_sizes, step_bias
from .states import StateCache, recall, scan


def recurrent_kda(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T K"],
    beta: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(out, state) after T tokens, one after the other. log_decay: at most 0, for every channel of the keys.

        S <- delta_step(diag(exp(log_decay[t])) S, k[t], v[t], beta[t]);        out[t] = S^T q[t]

    Kimi Team 2025, Kimi Linear (arXiv:2510.26692), section 3.
    """
    debug("recurrent_kda", query=query, key=key, value=value, log_decay=log_decay, beta=beta, state=state)
    # Forget, in every row of the state as much as its channel says, then correct what is under the key.
    # Read with the query.
    raise NotImplementedError("TODO: for each token, let every row of the state decay by itself, correct it by delta_step, read with q")


def decayed_products(
    a: Float[Tensor, "B H T K"], b: Float[Tensor, "B H T K"], log_decay: Float[Tensor, "B H T K"]
) -> Float[Tensor, "B H T T"]:
    r"""sum over the channels of a[t] b[s] exp(sum of log_decay over s+1 ... t) for s <= t, else 0.

    All in one difference of logarithms, (B, H, T, T, K): divided into two factors, one of them may be infinite.
    """
    debug("decayed_products", a=a, b=b, log_decay=log_decay)
    # Sum the logarithms up to every token; a difference of two sums is the sum over the tokens between.
    # Hide the future before the exponential, where it would overflow.
    # Let every b decay up to the token of each row, and take its product with that row's a.
    raise NotImplementedError("TODO: for each pair of tokens, the product of a[t] and b[s] in which every channel has decayed from s to t")


def chunk_kda(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T K"],
    beta: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
    chunk: int = 16,
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""The same (out, state), chunk by chunk, by a triangular system as in `chunk_gated_delta_rule`. Chunks are short,
    since every pair of tokens in one has a decay for each channel.

        (I + A) d = beta (v - (exp(G) k) S)        A[t, s] = beta[t] decayed_products(k, k)[t, s] for s < t, else 0
        out       = (exp(G) q) S + decayed_products(q, k) d
        S         <- diag(exp(G[-1])) S + sum over s of (exp(G[-1] - G[s]) k[s]) d[s]^T

    G[t] = sum of log_decay over the chunk's tokens 0 ... t. The last chunk may be shorter.

    Kimi Team 2025, Kimi Linear (arXiv:2510.26692), section 3.
    """
    debug("chunk_kda", query=query, key=key, value=value, log_decay=log_decay, beta=beta, state=state, chunk=chunk)
    # What every token writes: the solution of a triangular system, with the state on its right side.
    # Read what the state holds, and what is written inside the chunk.
    # Hand on the state.
    raise NotImplementedError("TODO: for each chunk, solve for what its tokens write, read, hand on the state")


def kimi_delta_rule(*entries: Tensor) -> tuple[Tensor, Tensor]:
    """Whichever form costs less: the recurrent one for a single token, the chunked one for more."""
    return (recurrent_kda if entries[0].size(2) == 1 else chunk_kda)(*entries)


class KimiDeltaAttention(nn.Module):
    r"""Kimi Delta Attention: Gated DeltaNet whose heads forget channel by channel.

        q, k, v   = short_conv(x W_qkv)        H heads of size D each;  q = q / |q| / sqrt(D),  k = k / |k|
        log_decay = -exp(A_log) softplus(x W_fa W_fb + dt_bias)        for every channel; beta = sigmoid(x W_b)
        y         = kimi_delta_rule(q, k, v, log_decay, beta)
        out       = (rms_norm(y) * weight * sigmoid(x W_ga W_gb)) W_o

    Kimi Team 2025, Kimi Linear (arXiv:2510.26692), section 4.
    """

    macs_per_score = cached_dim = 0  # it makes no scores, and keeps nothing of each token
    macs_per_token = GatedDeltaNet.macs_per_token

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create the projections, `nn.Linear` with a bias where config.bias says so, and what is beside them.

        qkv_proj: C -> 3 H*D    f_a_proj, g_a_proj: C -> D    f_b_proj, g_b_proj: D -> H*D    b_proj: C -> H
        o_proj: H*D -> C        conv_weight (3 H*D, kernel), uniform in +-1/sqrt(kernel)
        A_log (H,): the logarithm of a number uniform in 1 ... 16;  dt_bias (H*D,): `step_bias(H*D)`
        norm_weight (D,): ones        qk_norm: `L2Norm(D, L2_EPS)`        dropout: `nn.Dropout(config.dropout)`

        H and D are those of `delta_sizes(config)`, alike for keys and values. Raises `ValueError` where they are not.
        """
        super().__init__()
        sizes = delta_sizes(config)
        if (sizes.n_key_head, sizes.key_head_dim) != (sizes.n_value_head, sizes.value_head_dim):
            raise ValueError(
                f"attention_type = 'kda' with {sizes.n_key_head} heads of {sizes.key_head_dim} for keys and "
                f"{sizes.n_value_head} of {sizes.value_head_dim} for values: they must be alike"
            )
        self.n_head, self.head_dim, self.norm_eps = sizes.n_key_head, sizes.key_head_dim, config.norm_eps
        width, kernel = sizes.key_dim, config.linear_conv_kernel_dim
        # Project to queries, keys and values; through a narrow layer to decays and gates; and back into the stream.
        self.qkv_proj = nn.Linear(config.n_embd, 3 * width, bias=config.bias)
        self.f_a_proj = nn.Linear(config.n_embd, self.head_dim, bias=config.bias)
        self.f_b_proj = nn.Linear(self.head_dim, width, bias=config.bias)
        self.b_proj = nn.Linear(config.n_embd, self.n_head, bias=config.bias)
        self.g_a_proj = nn.Linear(config.n_embd, self.head_dim, bias=config.bias)
        self.g_b_proj = nn.Linear(self.head_dim, width, bias=config.bias)
        self.o_proj = nn.Linear(width, config.n_embd, bias=config.bias)
        # Create what is beside them.
        self.conv_weight = nn.Parameter(torch.empty(3 * width, kernel).uniform_(-(kernel**-0.5), kernel**-0.5))
        self.A_log = nn.Parameter(torch.empty(self.n_head).uniform_(1, 16).log())
        self.dt_bias = nn.Parameter(step_bias(width))
        self.qk_norm = L2Norm(self.head_dim, L2_EPS)
        self.norm_weight = nn.Parameter(torch.ones(self.head_dim))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project, recall, convolve, scan, norm and gate, project back.

        `recall(context, kernel - 1, qkv)` returns a list with qkv, the kernel - 1 tokens before these in front, as
        `short_conv` wants it.
        `scan(context, kimi_delta_rule, query, key, value, log_decay, beta)` takes all with the heads in front,
        (B, H, T, D) and (B, H, T), and returns what the state answers, (B, H, T, D).
        """
        debug("KimiDeltaAttention.forward", x=x, context=context)
        # Project, and recall what the convolution reads of the tokens before.
        # Convolve, then split into heads and put them in front: (B, H, T, D).
        # Give queries and keys the length one, and the products of large heads the size of those of small ones.
        # Forget channel by channel, correct and read; then (B, T, H, D).
        # Norm and gate every head, concatenate them, and project back into the residual stream.
        raise NotImplementedError("TODO: project, recall, convolve, split, q and k to length one, scan, norm, gate by a sigmoid, project back")

    def gates(self, x: Float[Tensor, "B T C"]) -> tuple[Float[Tensor, "B T HD"], Float[Tensor, "B T H"]]:
        r"""How much every channel of the keys forgets before a token, and how strongly every head writes.

            log_decay = -exp(A_log) softplus(f_b_proj(f_a_proj(x)) + dt_bias)        A_log: one for a head's D channels
            beta      = sigmoid(b_proj(x))

        log_decay in float32 at least: a decay of 0.999 is 1 in bfloat16. Kimi Linear (arXiv:2510.26692), section 4.
        """
        debug("KimiDeltaAttention.gates", x=x)
        # Give every channel a step of its own, made from few numbers: through a layer as narrow as a head.
        # Multiply by the speed of its head, which stands for all of its channels.
        raise NotImplementedError("TODO: log_decay by channel, -exp(A_log) softplus(step); beta = sigmoid(b_proj(x))")

    @property
    def state_dim(self) -> int:
        """The elements of the state, which a cache keeps of every sequence in float32."""
        return self.n_head * self.head_dim**2

    @property
    def tail_dim(self) -> int:
        """The elements of the last tokens that a cache keeps besides."""
        qkv_dim, kernel = self.conv_weight.shape
        return (kernel - 1) * qkv_dim


ATTENTIONS["kda"] = KimiDeltaAttention
SETTINGS["kda"] = (*STATE_SIZES, "linear_conv_kernel_dim", "linear_allow_neg_eigval")
LAYER_CACHES["kda"] = lambda config, rollback_window: StateCache(rollback_window, config.linear_conv_kernel_dim - 1)
