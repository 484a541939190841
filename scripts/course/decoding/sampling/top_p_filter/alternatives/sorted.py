"""The size of the nucleus by searchsorted, then a mask of the ranks."""

import torch


def top_p_filter(p, top_p):
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    # How many are needed: the first running sum that is large enough, and all before it.
    needed = torch.searchsorted(ranked.cumsum(dim=-1), torch.full_like(p[:, :1], top_p)) + 1
    rank = torch.empty_like(order).scatter_(-1, order, torch.arange(p.size(-1)).expand_as(order).contiguous())
    kept = p * (rank < needed)
    return kept / kept.sum(-1, keepdim=True)
