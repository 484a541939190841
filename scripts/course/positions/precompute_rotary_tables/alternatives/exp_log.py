"""Powers as exponentials of logarithms, as sinusoidal positions are often written."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta):
    inv_freq = torch.exp(torch.arange(0, head_dim, 2, dtype=torch.float32) * (-math.log(theta) / head_dim))
    angle = torch.arange(length).unsqueeze(1) * inv_freq
    return torch.cos(angle), torch.sin(angle)
