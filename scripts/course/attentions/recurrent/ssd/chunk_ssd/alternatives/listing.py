"""In the order of the paper's listing: inside the chunks, what they write, from chunk to chunk, what is read of it."""

import torch

from .linear import decay_matrix


def chunk_ssd(query, key, value, log_decay, step, state, chunk=64):
    T = query.shape[2]
    X = value * step.unsqueeze(-1)
    C, B, X, A = (into_chunks(each, chunk) for each in (query, key, X, log_decay))
    A_cumsum = A.cumsum(-1)
    Y_diag = torch.einsum("bhcln,bhcsn,bhcls,bhcsp->bhclp", C, B, decay_matrix(A), X)
    decay_states = torch.exp(A_cumsum[..., -1:] - A_cumsum)
    states = torch.einsum("bhcln,bhcl,bhclp->bhcnp", B, decay_states, X)
    before, final_state = pass_states(states, A_cumsum[..., -1], state)
    Y_off = torch.einsum("bhcln,bhcnp,bhcl->bhclp", C, before, A_cumsum.exp())
    return (Y_diag + Y_off).flatten(2, 3)[:, :, :T], final_state
