"""A pair is a complex number, a turn a product with another one."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    frequencies = 1.0 / (theta ** (torch.arange(0, head_dim, 2)[: head_dim // 2].float() / head_dim))
    angles = torch.einsum("t,i->ti", torch.arange(length).float(), frequencies)
    turn = torch.polar(torch.ones_like(angles), angles)
    return turn.real, turn.imag


def apply_rotary(x, cos, sin):
    half = x.size(-1) // 2
    turned = torch.complex(x[..., :half].float(), x[..., half:].float()) * torch.complex(cos, sin)[:, None]
    return torch.cat((turned.real, turned.imag), dim=-1).type_as(x)
