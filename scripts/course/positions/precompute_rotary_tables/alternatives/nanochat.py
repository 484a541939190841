"""As nanochat writes it: float32 throughout, one over the base to a positive power."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    channel_range = torch.arange(0, head_dim, 2, dtype=torch.float32)
    inv_freq = 1.0 / (theta ** (channel_range / head_dim))
    t = torch.arange(length, dtype=torch.float32)
    freqs = torch.outer(t, inv_freq)
    cos, sin = freqs.cos(), freqs.sin()
    return cos, sin
