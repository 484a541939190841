"""A softmax of every tile by itself, and its logsumexp; tiles are then joined by their logsumexps, as flash decoding
does it."""

import torch

MINUS_INFINITY = float("-inf")


def online_softmax_update(m, l, acc, scores, value):
    # Both sums against the greatest score of all, the old one as a mean and a sum, and the new one too.
    top = torch.maximum(m, scores.max(dim=-1, keepdim=True)[0])
    zero = torch.zeros_like(l)
    share = torch.where(l > 0, l * torch.exp(m - top), zero)
    gain = torch.where(top > MINUS_INFINITY, torch.logsumexp(scores - top, dim=-1, keepdim=True).exp(), zero)
    before = torch.where(l > 0, acc / l, zero)
    now = scores.softmax(dim=-1).nan_to_num(0.0) @ value
    return top, share + gain, share * before + gain * now
