"""Everything that is at least the k-th greatest."""

import torch


def top_k_mask(scores, k):
    kth = scores.topk(min(k, scores.size(-1)), dim=-1).values[..., -1:]
    return (scores >= kth) & ~torch.isneginf(scores)
