"""The tables number by number in plain Python; the turn as a product with two by two matrices."""

import math

import torch


def precompute_rotary_tables(head_dim, length, theta):
    angles = [[t * theta ** (-2 * i / head_dim) for i in range(head_dim // 2)] for t in range(length)]
    cos = torch.tensor([[math.cos(angle) for angle in row] for row in angles])
    sin = torch.tensor([[math.sin(angle) for angle in row] for row in angles])
    return cos, sin


def apply_rotary(x, cos, sin):
    turn = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos))))
    pairs = x.unflatten(-1, (2, -1)).to(cos.dtype)
    return torch.einsum("acti,bthci->bthai", turn, pairs).flatten(-2).to(x.dtype)
