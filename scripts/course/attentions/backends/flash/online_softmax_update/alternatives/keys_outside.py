"""Blocks of keys outside, blocks of queries inside: the running sums of all queries are kept, in einsums with repeated
heads. Online softmax written out where it is used."""

import torch


def online_softmax_update(m, l, acc, scores, value):
    # The old maximum as if it were the score of one more key.
    everything = torch.cat((m, scores), dim=-1)
    highest = everything.max(dim=-1, keepdim=True).values
    e = torch.exp(everything - highest).nan_to_num(nan=0.0)
    correction, weights = e[..., :1], e[..., 1:]
    return highest, correction * l + weights.sum(-1, keepdim=True), correction * acc + torch.matmul(weights, value)
