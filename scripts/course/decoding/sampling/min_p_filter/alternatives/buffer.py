"""A mask and torch.where."""

import torch


def rescaled(p, keep):
    p = torch.where(keep, p, torch.zeros_like(p))
    return p.div(p.sum(-1, keepdim=True))


def min_p_filter(p, min_p):
    return rescaled(p, p >= p.max(-1, keepdim=True).values * min_p)
