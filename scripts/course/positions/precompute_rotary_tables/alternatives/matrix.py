"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    pairs = head_dim // 2
    stretches = stretch.tolist() if isinstance(stretch, torch.Tensor) else [stretch] * pairs
    angles = [[t * theta ** (-2 * i / head_dim) * stretches[i] for i in range(pairs)] for t in range(length)]
    cos = torch.tensor([[math.cos(angle) for angle in row] for row in angles])
    sin = torch.tensor([[math.sin(angle) for angle in row] for row in angles])
    return cos, sin
