"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    exponent = torch.arange(0, head_dim, 2) * (-math.log(theta) / head_dim)
    angle = torch.arange(length).unsqueeze(1) * (torch.exp(exponent) * stretch)
    return torch.cos(angle), torch.sin(angle)
