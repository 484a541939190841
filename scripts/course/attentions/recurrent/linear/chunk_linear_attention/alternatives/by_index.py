"""Slices by their starts, into outputs that are there from the start."""

import torch


def chunk_linear_attention(query, key, value, log_decay, state, chunk=64):
    parts = []
    for start in range(0, query.shape[2], chunk):
        here = slice(start, start + chunk)
        part, state = parallel_linear_attention(
            query[:, :, here], key[:, :, here], value[:, :, here], log_decay[:, :, here], state
        )
        parts += [part]
    return torch.concat(parts, -2), state
