"""A buffer of the final length, made once. Top-k after the softmax, by a mask; streams and drafts in buffers too."""

import torch


def rescaled(p, keep):
    p = torch.where(keep, p, torch.zeros_like(p))
    return p.div(p.sum(-1, keepdim=True))


def keep_likely(p, min_p):
    return rescaled(p, p >= p.max(-1, keepdim=True).values * min_p)
