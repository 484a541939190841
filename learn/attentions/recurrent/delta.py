"""The delta rule: before a value is written under its key, what the state holds under that key is taken away.

Linear attention only ever adds: a second value for the same key comes on top of the first. The delta rule corrects the
state towards the new value, a step of gradient descent on |S^T k - v|^2 / 2 with the learning rate beta. Gated, the
state also decays before each step. A token whose entries are all zero leaves the state as it is.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ...debug import debug
from .linear import decay_matrix, into_chunks, parallel_linear_attention


def delta_step(
    state: Float[Tensor, "B H K Vd"],
    key: Float[Tensor, "B H K"],
    value: Float[Tensor, "B H Vd"],
    beta: Float[Tensor, "B H"],
) -> Float[Tensor, "B H K Vd"]:
    r"""Correct what the state holds under a key: S + k (beta (v - S^T k))^T. beta 0 writes nothing, 1 (with |k| = 1)
    replaces.

    Widrow and Hoff 1960; Schlag et al. 2021 (arXiv:2102.11174), section 4.2.
    """
    debug("delta_step", state=state, key=key, value=value, beta=beta)
    # Read what the state holds under this key, and how far it is from the value.
    # Write the correction, as strongly as beta says.
    raise NotImplementedError("TODO: S + k (beta (v - S^T k))^T")


def recurrent_gated_delta_rule(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    beta: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""(out, state) after T tokens, one after the other. log_decay: at most 0; all 0, this is the delta rule itself.

        S <- delta_step(exp(log_decay[t]) S, k[t], v[t], beta[t]);        out[t] = S^T q[t]

    Yang, Kautz and Hatamizadeh 2024, Gated DeltaNet (arXiv:2412.06464), equation 10.
    """
    debug("recurrent_gated_delta_rule", query=query, key=key, value=value, log_decay=log_decay, beta=beta, state=state)
    # Forget a little of everything, then correct what is under the key.
    # Read with the query.
    raise NotImplementedError("TODO: for each token, let the state decay, correct it by delta_step, read with q")


def wy_representation(
    key: Float[Tensor, "*batch T K"],
    value: Float[Tensor, "*batch T Vd"],
    log_decay: Float[Tensor, "*batch T"],
    beta: Float[Tensor, "*batch T"],
) -> tuple[Float[Tensor, "*batch T Vd"], Float[Tensor, "*batch T K"]]:
    r"""(u, w), so that T corrections of a state S are T plain writes of u - w S under the keys.

        (I + A) u = beta v        (I + A) w = beta exp(G) k        G[t] = sum of log_decay over 0 ... t
        A[t, s] = beta[t] (k[t] . k[s]) decay_matrix[t, s] for s < t, else 0

    What token t has to correct depends on what the tokens before it wrote, which is a triangular system of equations.

    Yang et al. 2024, DeltaNet (arXiv:2406.06484), section 3.2; gated: arXiv:2412.06464, section 3.3.
    """
    debug("wy_representation", key=key, value=value, log_decay=log_decay, beta=beta)
    # How much of what token s writes token t finds under its own key, times beta. Only what is below the diagonal
    # counts: the solver puts ones on it.
    # Solve (I + A) corrections = diag(beta), by forward substitution: fewer columns than both right sides have.
    # Correct the values, and the keys as the state before has decayed by then.
    raise NotImplementedError("TODO: solve (I + A) u = beta v and (I + A) w = beta exp(G) k, A strictly below the diagonal")


def chunk_gated_delta_rule(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    beta: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
    chunk: int = 64,
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    r"""The same (out, state), chunk by chunk: in each, linear attention that writes d = u - w S instead of v.

        S <- exp(G[-1]) S + sum over t of (exp(G[-1] - G[t]) k[t]) d[t]^T        from chunk to chunk

    u, w: `wy_representation` of the chunk; S: the state before it. The last chunk may be shorter. Only what needs S
    waits for the chunk before; everything else, `parallel_linear_attention` too, is done for all chunks at once,
    (B, H, n, chunk, ...), as `into_chunks` cuts them.

    Yang et al. 2024, Gated DeltaNet (arXiv:2412.06464), section 3.3.
    """
    debug(
        "chunk_gated_delta_rule",
        query=query,
        key=key,
        value=value,
        log_decay=log_decay,
        beta=beta,
        state=state,
        chunk=chunk,
    )
    # What every token writes once those before it in its chunk have corrected an empty state, and any other.
    # Hand the state on from chunk to chunk: correct it, let it decay, and write, decayed up to the last token.
    # Nothing is left to correct: the rest is linear attention.
    raise NotImplementedError("TODO: u and w of all chunks, the state from chunk to chunk, then linear attention that writes u - w S")


def gated_delta_rule(
    query: Float[Tensor, "B H T K"],
    key: Float[Tensor, "B H T K"],
    value: Float[Tensor, "B H T Vd"],
    log_decay: Float[Tensor, "B H T"],
    beta: Float[Tensor, "B H T"],
    state: Float[Tensor, "B H K Vd"],
) -> tuple[Float[Tensor, "B H T Vd"], Float[Tensor, "B H K Vd"]]:
    """Whichever form costs less: the recurrent one for a single token, the chunked one for more."""
    rule = recurrent_gated_delta_rule if query.size(2) == 1 else chunk_gated_delta_rule
    return rule(query, key, value, log_decay, beta, state)
