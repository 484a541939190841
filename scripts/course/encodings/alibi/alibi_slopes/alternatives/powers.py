"""The two series as powers of a tensor."""

import torch


def alibi_slopes(n_head):
    power = 1 << (n_head.bit_length() - 1)
    slopes = 2.0 ** (-8.0 / power * torch.arange(1, power + 1))
    more = 2.0 ** (-4.0 / power * torch.arange(1, 2 * (n_head - power) + 1, 2))
    return torch.cat((slopes, more))
