"""A softmax of every tile by itself, and its logsumexp; tiles are then joined by their logsumexps, as flash decoding
does it."""

import torch

MINUS_INFINITY = float("-inf")


def merge_tile(maximum, total, out, scores, value):
    # Both sums against the greatest score of all, the old one as a mean and a total, and the new one too.
    top = torch.maximum(maximum, scores.max(dim=-1, keepdim=True)[0])
    zero = torch.zeros_like(total)
    share = torch.where(total > 0, total * torch.exp(maximum - top), zero)
    gain = torch.where(top > MINUS_INFINITY, torch.logsumexp(scores - top, dim=-1, keepdim=True).exp(), zero)
    before = torch.where(total > 0, out / total, zero)
    now = scores.softmax(dim=-1).nan_to_num(0.0) @ value
    return top, share + gain, share * before + gain * now
