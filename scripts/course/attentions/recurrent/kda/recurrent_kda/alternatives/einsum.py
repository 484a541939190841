"""Index by index, products as einsum, and the delta rule written out."""

import torch


def recurrent_kda(query, key, value, log_decay, beta, state):
    outs = []
    for t in range(query.shape[2]):
        q, k, v, b = query[:, :, t], key[:, :, t], value[:, :, t], beta[:, :, t, None]
        state = torch.einsum("bhk,bhkv->bhkv", log_decay[:, :, t].exp(), state)
        found = torch.einsum("bhk,bhkv->bhv", k, state)
        state = state + torch.einsum("bhk,bhv->bhkv", k, b * (v - found))
        outs.append(torch.einsum("bhk,bhkv->bhv", q, state))
    return torch.stack(outs, dim=2), state
