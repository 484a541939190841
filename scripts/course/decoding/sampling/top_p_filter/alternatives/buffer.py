"""Row by row, in a Python loop."""

import torch


def rescaled(p, keep):
    p = torch.where(keep, p, torch.zeros_like(p))
    return p.div(p.sum(-1, keepdim=True))


def top_p_filter(p, top_p):
    # Row by row: put the likeliest in until there is enough.
    keep = torch.zeros_like(p, dtype=torch.bool)
    for row, chosen in zip(p, keep, strict=True):
        total = 0.0
        for token in row.argsort(descending=True):
            if total >= top_p:
                break
            chosen[token] = True
            total += row[token].item()
    return rescaled(p, keep)
