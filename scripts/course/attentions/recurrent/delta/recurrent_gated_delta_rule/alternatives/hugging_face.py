"""As in transformers: products as sums, in place into outputs that are there from the start."""

import torch


def recurrent_gated_delta_rule(query, key, value, log_decay, beta, state):
    outs = []
    for i in range(query.shape[2]):
        q_t, k_t, v_t = query[:, :, i], key[:, :, i], value[:, :, i]
        state = state * log_decay[:, :, i].exp()[..., None, None]
        kv_mem = (state * k_t.unsqueeze(-1)).sum(dim=-2)
        delta = (v_t - kv_mem) * beta[:, :, i].unsqueeze(-1)
        state = state + k_t.unsqueeze(-1) * delta.unsqueeze(-2)
        outs.append((state * q_t.unsqueeze(-1)).sum(dim=-2))
    return torch.stack(outs, dim=2), state
