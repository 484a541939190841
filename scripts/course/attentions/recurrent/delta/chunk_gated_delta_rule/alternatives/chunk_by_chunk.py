"""Everything in the loop: a chunk is solved, attended to and left before the next one begins."""

import torch


def chunk_gated_delta_rule(query, key, value, log_decay, beta, state, chunk=64):
    out = []
    entries = (query, key, value, log_decay, beta)
    for q, k, v, g, b in zip(*(each.split(chunk, dim=2) for each in entries), strict=True):
        u, w = wy_representation(k, v, g, b)
        y, state = parallel_linear_attention(q, k, u - w @ state, g, state)
        out.append(y)
    return torch.cat(out, dim=2), state
