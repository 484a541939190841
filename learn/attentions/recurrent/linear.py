"""Linear attention with decay: without the softmax, what a query reads of all earlier tokens is one matrix, the state.

    out[t] = sum over s <= t of exp(sum of log_decay over s+1 ... t) (q[t] . k[s]) v[s]

One thing in three forms. Recurrent: the definition, token by token, for decoding. Parallel: all pairs at once, like
attention. Chunked: parallel inside chunks, recurrent from chunk to chunk, whose cost grows linearly with the length.
All take and return the state, (B, H, K, Vd), and are equal wherever a text is cut. A token whose entries are all zero
leaves the state as it is.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ...debug import debug


def recurrent_linear_attention(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(out, state) after T tokens, one after the other. log_decay: at most 0.

        S <- exp(log_decay[t]) S + k[t] v[t]^T;        out[t] = S^T q[t]

    Katharopoulos et al. 2020 (arXiv:2006.16236), section 3.4; with decay: RetNet (arXiv:2307.08621), section 2.1.
    """
    debug("recurrent_linear_attention", query=query, key=key, value=value, log_decay=log_decay, state=state)
    # Forget a little of everything, then write: the outer product of key and value.
    # Read with the query: (B, H, 1, K) times (B, H, K, Vd).
    raise NotImplementedError("TODO: for each token, let the state decay, write k v^T, read with q; return the outputs and the state")


def decay_matrix(log_decay: Float[Tensor, "*batch T"]) -> Float[Tensor, "*batch T T"]:
    r"""What is left at token t of what token s wrote: exp(sum of log_decay over s+1 ... t) for s <= t, else 0.

    Every product of decays is one exponential of a sum that is at most 0: no product underflows before its quotient is
    taken, and nothing overflows.
    """
    debug("decay_matrix", log_decay=log_decay)
    # Sum the logarithms up to every token; a difference of two sums is the sum over the tokens between.
    # Hide the future before the exponential, where it would overflow.
    raise NotImplementedError("TODO: exp(sum of log_decay over s+1 ... t) where s <= t, else 0")


def parallel_linear_attention(
    query: Float[Tensor, "*batch T K"],
    key: Float[Tensor, "*batch T K"],
    value: Float[Tensor, "*batch T Vd"],
    log_decay: Float[Tensor, "*batch T"],
    state: Float[Tensor, "*batch K Vd"],
) -> tuple[Float[Tensor, "*batch T Vd"], Float[Tensor, "*batch K Vd"]]:
    r"""The same (out, state) for all T tokens at once. Arguments as for `recurrent_linear_attention`, and for any
    number of texts, (B, H) or more.

        G[t]  = sum of log_decay over 0 ... t
        out   = exp(G) q S + ((q k^T) * decay_matrix) v
        state = exp(G[T-1]) S + sum over s of exp(G[T-1] - G[s]) k[s] v[s]^T

    RetNet (arXiv:2307.08621), sections 2.1 and 2.2.
    """
    debug("parallel_linear_attention", query=query, key=key, value=value, log_decay=log_decay, state=state)
    # Read what earlier tokens have left in the state, decayed since then.
    # Attend to these tokens themselves: decays in the place of a mask and a softmax.
    # Hand on the state: what was there, and what every token wrote, decayed up to the last one.
    raise NotImplementedError("TODO: (q k^T * decay_matrix) v, and what the state holds; then the state after the last token")


def into_chunks(x: Float[Tensor, "B H T *size"], chunk: int) -> Float[Tensor, "B H n chunk *size"]:
    """Cut into chunks, the last one filled up with zeros: tokens that leave every state as it is. One of fewer than
    `chunk` tokens stays as short."""
    chunk = min(chunk, x.size(2))
    missing = -x.size(2) % chunk
    return F.pad(x, (0, 0) * (x.ndim - 3) + (0, missing)).unflatten(2, (-1, chunk))


def chunk_linear_attention(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
    chunk: int = 64,
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""The same (out, state), chunk by chunk: the parallel form in each, its state handed on to the next.

    The last chunk may be shorter. Costs T * chunk instead of T^2.

    Yang et al. 2024, GLA (arXiv:2312.06635), section 4.1.
    """
    debug("chunk_linear_attention", query=query, key=key, value=value, log_decay=log_decay, state=state, chunk=chunk)
    # Attend inside the chunk, and read what the chunks before have left.
    raise NotImplementedError("TODO: run the parallel form chunk by chunk, and hand the state on")


def linear_attention(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    """Whichever form costs less: the recurrent one for a single token, the chunked one for more."""
    form = recurrent_linear_attention if query.size(2) == 1 else chunk_linear_attention
    return form(query, key, value, log_decay, state)
