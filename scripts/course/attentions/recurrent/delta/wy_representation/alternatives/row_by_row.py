"""Forward substitution by hand: each row from those above it."""

import torch


def wy_representation(key, value, log_decay, beta):
    total = log_decay.cumsum(-1)
    u, w = [], []
    for t in range(key.size(-2)):
        k, b = key[..., t, :], beta[..., t, None]
        new_u, new_w = value[..., t, :], total[..., t, None].exp() * k
        for s in range(t):
            found = (k * key[..., s, :]).sum(-1, keepdim=True) * (total[..., t] - total[..., s]).exp()[..., None]
            new_u, new_w = new_u - found * u[s], new_w - found * w[s]
        u.append(b * new_u)
        w.append(b * new_w)
    return torch.stack(u, -2), torch.stack(w, -2)
