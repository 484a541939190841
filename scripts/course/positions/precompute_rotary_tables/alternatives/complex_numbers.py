"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    frequencies = stretch / (theta ** (torch.arange(0, head_dim, 2)[: head_dim // 2].float() / head_dim))
    angles = torch.einsum("t,i->ti", torch.arange(length).float(), frequencies)
    turn = torch.polar(torch.ones_like(angles), angles)
    return turn.real, turn.imag
