"""Elementwise products and a sum, with the decays hidden by a lower triangle of logarithms."""

import torch


def decayed_products(a, b, log_decay):
    T = a.size(-2)
    g = log_decay.cumsum(-2)
    seen = torch.ones(T, T, dtype=torch.bool, device=a.device).tril()[:, :, None]
    weights = torch.where(seen, g.unsqueeze(3) - g.unsqueeze(2), -torch.inf).exp()
    return (a.unsqueeze(3) * b.unsqueeze(2) * weights).sum(-1)
