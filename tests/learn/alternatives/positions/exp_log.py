"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta):
    exponent = torch.arange(0, head_dim, 2) * (-math.log(theta) / head_dim)
    angle = torch.arange(length).unsqueeze(1) * torch.exp(exponent)
    return torch.cos(angle), torch.sin(angle)


def rotate_half(x):
    x1, x2 = x.split(x.shape[-1] // 2, dim=-1)
    return torch.cat((-x2, x1), dim=-1)


def apply_rotary(x, cos, sin):
    cos, sin = (torch.cat((table, table), dim=-1).unsqueeze(1) for table in (cos, sin))
    return (x * cos + rotate_half(x) * sin).to(x.dtype)
