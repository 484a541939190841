"""One sequence and one head at a time, in two dimensions; everything filled up until the tiles fit, with keys that
nobody sees and queries that are cut off again. Which tiles to skip is told by the positions at their ends."""

import torch


def merge_tile(maximum, total, out, scores, value):
    # One key after the other.
    for i in range(scores.size(-1)):
        score = scores[..., i : i + 1]
        higher = torch.maximum(maximum, score)
        old = torch.where(maximum == higher, torch.ones_like(total), torch.exp(maximum - higher))
        new = torch.where(score == float("-inf"), torch.zeros_like(total), torch.exp(score - higher))
        maximum, total, out = higher, total * old + new, out * old + new * value[..., i, None, :]
    return maximum, total, out
