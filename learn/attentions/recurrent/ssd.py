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

from ...debug import debug
from .linear import into_chunks, parallel_linear_attention


def discretise(
    dt: Float[Tensor, "B H T"], A_log: Float[Tensor, " H"], dt_bias: Float[Tensor, " H"]
) -> tuple[Float[Tensor, "B H T"], Float[Tensor, "B H T"]]:
    r"""(log_decay, step): what the state keeps of itself while a token lasts, as a logarithm, and how long that is.

        log_decay = -exp(A_log) step        step = softplus(dt + dt_bias)

    Over a step without input, S' = -a S becomes exp(-a step) S; a = exp(A_log) is positive. In float32 at least.

    Mamba (arXiv:2312.00752), sections 2 and 3.6.
    """
    debug("discretise", dt=dt, A_log=A_log, dt_bias=dt_bias)
    # The step in float32 at least: a decay of 0.999 is 1 in bfloat16.
    # Forget at the speed of the head, for as long as the token lasts.
    raise NotImplementedError("TODO: step = softplus(dt + dt_bias) and log_decay = -exp(A_log) step, in float32 at least")


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
    debug("recurrent_ssd", query=query, key=key, value=value, log_decay=log_decay, step=step, state=state)
    # Let the state decay over the step, and write as much as comes in over it.
    # Read with the query.
    raise NotImplementedError("TODO: for each token, let the state decay, write k (step v)^T, read with q; return the outputs and the state")


def pass_states(
    written: Float[Tensor, "B H n K Vd"], log_decay: Float[Tensor, "B H n"], state: Float[Tensor, "B H K Vd"]
) -> tuple[Float[Tensor, "B H n K Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(before, state): the state before each of n chunks, and the one after the last.

        before[i] = S;        S <- exp(log_decay[i]) S + written[i]

    written: what the tokens of each chunk leave in an empty state; log_decay: that of a whole chunk.

    Dao and Gu 2024, Mamba-2 (arXiv:2405.21060), section 6, step 3.
    """
    debug("pass_states", written=written, log_decay=log_decay, state=state)
    # Keep the state as the chunk finds it, then hand it on.
    raise NotImplementedError("TODO: keep the state before each chunk; after each, let it decay and add what the chunk has written")


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
    debug("chunk_ssd", query=query, key=key, value=value, log_decay=log_decay, step=step, state=state, chunk=chunk)
    # Compute every chunk by itself: what its tokens read of each other, and what they leave behind.
    # Hand the states on from chunk to chunk.
    # Add what every token reads of the chunks before its own, and put the chunks together again.
    raise NotImplementedError("TODO: every chunk by itself from an empty state, the states from chunk to chunk, what is read of them")


def ssd(*entries: Tensor) -> tuple[Tensor, Tensor]:
    """Whichever form costs less: the recurrent one for a single token, the chunked one for more."""
    return (recurrent_ssd if entries[0].size(2) == 1 else chunk_ssd)(*entries)
