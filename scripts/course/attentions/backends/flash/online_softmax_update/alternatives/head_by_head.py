"""One sequence and one head at a time, in two dimensions; everything filled up until the tiles fit, with keys that
nobody sees and queries that are cut off again. Which tiles to skip is told by the positions at their ends."""

import torch


def online_softmax_update(m, l, acc, scores, value):
    # One key after the other.
    for i in range(scores.size(-1)):
        score = scores[..., i : i + 1]
        higher = torch.maximum(m, score)
        old = torch.where(m == higher, torch.ones_like(l), torch.exp(m - higher))
        new = torch.where(score == float("-inf"), torch.zeros_like(l), torch.exp(score - higher))
        m, l, acc = higher, l * old + new, acc * old + new * value[..., i, None, :]
    return m, l, acc
