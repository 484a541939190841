"""The tables entry by entry, in plain Python."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta):
    angles = [[t * theta ** (-2 * i / head_dim) for i in range(head_dim // 2)] for t in range(length)]
    cos = torch.tensor([[math.cos(angle) for angle in row] for row in angles], dtype=torch.float32)
    sin = torch.tensor([[math.sin(angle) for angle in row] for row in angles], dtype=torch.float32)
    return cos, sin
