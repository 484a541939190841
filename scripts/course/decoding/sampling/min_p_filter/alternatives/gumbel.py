"""On log-probabilities, with a softmax at the end."""

import torch


def min_p_filter(p, min_p):
    # As a distance of logarithms.
    score = p.log()
    far = score < score.max(dim=-1, keepdim=True).values + torch.tensor(min_p, dtype=p.dtype).log()
    return score.masked_fill(far, -torch.inf).softmax(dim=-1)
