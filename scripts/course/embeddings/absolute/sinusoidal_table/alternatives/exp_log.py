"""Written into an empty table."""

import torch


def sinusoidal_table(length, dim):
    cos, sin = precompute_rotary_tables(dim, length, 10000.0)
    table = torch.empty(length, dim)
    table[:, ::2], table[:, 1::2] = sin, cos
    return table
