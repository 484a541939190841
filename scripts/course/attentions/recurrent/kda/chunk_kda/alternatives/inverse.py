"""With the inverse of I + A, and u and w kept apart until the state is known."""

import torch


def chunk_kda(query, key, value, log_decay, beta, state, chunk=16):
    outs = []
    for start in range(0, query.size(2), chunk):
        q, k, v, g, b = (each[:, :, start : start + chunk] for each in (query, key, value, log_decay, beta))
        G = g.cumsum(-2)
        A = (b[..., None] * decayed_products(k, k, g)).tril(-1)
        inverse = torch.linalg.inv(torch.eye(A.size(-1), dtype=A.dtype, device=A.device) + A) * b[..., None, :]
        d = inverse @ v - inverse @ (G.exp() * k) @ state
        outs.append((q * G.exp()) @ state + decayed_products(q, k, g) @ d)
        left = (G[:, :, -1:] - G).exp()
        state = G[:, :, -1, :, None].exp() * state + torch.einsum("bhtk,bhtv->bhkv", left * k, d)
    return torch.cat(outs, 2), state
