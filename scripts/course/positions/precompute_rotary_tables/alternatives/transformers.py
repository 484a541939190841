"""As transformers writes it: inv_freq, then a product of two matrices with an inner dimension of one."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    inv_freq = 1.0 / (theta ** (torch.arange(0, head_dim, 2, dtype=torch.int64).float() / head_dim))
    freqs = (inv_freq[:, None].float() @ torch.arange(length)[None, :].float()).transpose(0, 1)
    return freqs.cos(), freqs.sin()
