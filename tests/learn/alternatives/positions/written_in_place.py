"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    pairs = torch.arange(head_dim // 2)
    angle = torch.arange(length)[:, None] / theta ** (2 * pairs / head_dim)[None, :]
    return angle.cos(), angle.sin()


def apply_rotary(x, cos, sin):
    half = x.shape[-1] // 2
    cos, sin = cos.to(x.dtype).unsqueeze(-2), sin.to(x.dtype).unsqueeze(-2)
    y = torch.empty_like(x)
    y[..., :half] = x[..., :half] * cos - x[..., half:] * sin
    y[..., half:] = x[..., :half] * sin + x[..., half:] * cos
    return y
