"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""

import torch


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    pairs = torch.arange(head_dim // 2)
    angle = torch.arange(length)[:, None] * stretch / theta ** (2 * pairs / head_dim)[None, :]
    return angle.cos(), angle.sin()
