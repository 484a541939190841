"""Top-k and top-p by sorting; a draw of the rank, then the token of that rank."""

import torch


def keep_likely(p, min_p):
    relative = p / p.amax(-1, keepdim=True)
    kept = torch.where(relative >= min_p, relative, 0.0)
    return kept / kept.sum(-1, keepdim=True)
