"""Index by index, with products written as einsum, and the outputs stacked at the end."""

import torch


def recurrent_linear_attention(query, key, value, log_decay, state):
    out = []
    for t in range(query.size(2)):
        written = torch.einsum("bhk,bhv->bhkv", key[:, :, t], value[:, :, t])
        state = state * torch.exp(log_decay[:, :, t, None, None]) + written
        out.append(torch.einsum("bhk,bhkv->bhv", query[:, :, t], state))
    return torch.stack(out, dim=2), state
