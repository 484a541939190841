"""Relative to the most likely token first."""

import torch


def min_p_filter(p, min_p):
    relative = p / p.amax(-1, keepdim=True)
    kept = torch.where(relative >= min_p, relative, 0.0)
    return kept / kept.sum(-1, keepdim=True)
