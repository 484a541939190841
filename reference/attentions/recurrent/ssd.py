"""State space duality: a state space model whose decay is one number for each head is linear attention.

In continuous time a state space model is a differential equation for a state, S' = -a S + B x^T. Every token lasts for
a step; what the state has become after it is a decay and a write, as in linear attention, where B is called a key, C,
which reads, a query, and x a value. All forms take and return the state, (B, H, K, Vd). A token whose entries are all
zero leaves the state as it is.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from .linear import into_chunks, parallel_linear_attention


def discretise(
    dt: Float[Tensor, "B H T"], A_log: Float[Tensor, " H"], dt_bias: Float[Tensor, " H"]
) -> tuple[Float[Tensor, "B H T"], Float[Tensor, "B H T"]]:
    r"""(log_decay, step): what the state keeps of itself while a token lasts, as a logarithm, and how long that is.

        log_decay = -exp(A_log) step        step = softplus(dt + dt_bias)

    Over a step without input, S' = -a S becomes exp(-a step) S; a = exp(A_log) is positive. In float32 at least.

    Mamba (arXiv:2312.00752), sections 2 and 3.6.
    """
    # The step in float32 at least: a decay of 0.999 is 1 in bfloat16.
    dtype = torch.promote_types(dt.dtype, torch.float32)
    step = F.softplus(dt.to(dtype) + dt_bias.to(dtype)[:, None])
    # Forget at the speed of the head, for as long as the token lasts.
    return -A_log.to(dtype).exp()[:, None] * step, step


def recurrent_ssd(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    step: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(out, state) after T tokens, one after the other: the definition.

        S <- exp(log_decay[t]) S + k[t] (step[t] v[t])^T;        out[t] = S^T q[t]

    Dao and Gu 2024, Mamba-2 (arXiv:2405.21060), section 3.
    """
    out = []
    entries = (query, key, value, log_decay.exp(), step)
    for q, k, v, decay, dt in zip(*(each.unbind(2) for each in entries), strict=True):
        # Let the state decay over the step, and write as much as comes in over it.
        state = decay[..., None, None] * state + k[..., :, None] * (dt[..., None] * v)[..., None, :]
        # Read with the query.
        out.append(q[..., None, :] @ state)
    return torch.cat(out, dim=2), state


def pass_states(
    written: Float[Tensor, "B H n K Vd"], log_decay: Float[Tensor, "B H n"], state: Float[Tensor, "B H K Vd"]
) -> tuple[Float[Tensor, "B H n K Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(before, state): the state before each of n chunks, and the one after the last.

        before[i] = S;        S <- exp(log_decay[i]) S + written[i]

    written: what the tokens of each chunk leave in an empty state; log_decay: that of a whole chunk.

    Dao and Gu 2024, Mamba-2 (arXiv:2405.21060), section 6, step 3.
    """
    before = []
    for new, decay in zip(written.unbind(2), log_decay.exp().unbind(2), strict=True):
        # Keep the state as the chunk finds it, then hand it on.
        before.append(state)
        state = decay[..., None, None] * state + new
    return torch.stack(before, dim=2), state


def chunk_ssd(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    step: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
    chunk: int = 64,
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""The same (out, state), all chunks at once: each as if nothing came before it, then what does.

        out = `parallel_linear_attention` of the chunk, from an empty state, + exp(G) q S        S: the state before it
        G[t] = sum of log_decay over the tokens of the chunk up to t, a segment sum

    `into_chunks(x, chunk)` cuts (B, H, T, ...) into (B, H, n, chunk, ...), the last chunk filled up with zeros.

    Dao and Gu 2024, Mamba-2 (arXiv:2405.21060), section 6.
    """
    entries = (query, key, step[..., None] * value, log_decay)
    q, k, v, g = (into_chunks(each, chunk) for each in entries)
    # Compute every chunk by itself: what its tokens read of each other, and what they leave behind.
    empty = torch.zeros_like(state)[:, :, None].expand(-1, -1, q.size(2), -1, -1)
    within, written = parallel_linear_attention(q, k, v, g, empty)
    # Hand the states on from chunk to chunk.
    before, state = pass_states(written, g.sum(dim=-1), state)
    # Add what every token reads of the chunks before its own, and put the chunks together again.
    out = within + (g.cumsum(dim=-1).exp()[..., None] * q) @ before
    return out.flatten(2, 3)[:, :, : query.size(2)], state


def ssd(*entries: Tensor) -> tuple[Tensor, Tensor]:
    """Whichever form costs less: the recurrent one for a single token, the chunked one for more."""
    return (recurrent_ssd if entries[0].size(2) == 1 else chunk_ssd)(*entries)
