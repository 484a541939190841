"""As in transformers: the systems of all chunks at once, padded with zeros; then a loop over what needs the state."""

import torch
from torch.nn import functional as F


def chunk_gated_delta_rule(query, key, value, log_decay, beta, state, chunk=64):
    T = query.size(2)
    pad = -T % chunk
    q, k, v = (F.pad(each, (0, 0, 0, pad)).unflatten(2, (-1, chunk)) for each in (query, key, value))
    g, b = (F.pad(each, (0, pad)).unflatten(2, (-1, chunk)) for each in (log_decay, beta))
    u, w = wy_representation(*(each.flatten(1, 2) for each in (k, v, g, b)))
    u, w = u.unflatten(1, g.shape[1:3]), w.unflatten(1, g.shape[1:3])
    outs = []
    for i in range(g.size(2)):
        v_new = u[:, :, i] - w[:, :, i] @ state
        y, state = parallel_linear_attention(q[:, :, i], k[:, :, i], v_new, g[:, :, i], state)
        outs.append(y)
    return torch.cat(outs, 2)[:, :, :T], state
