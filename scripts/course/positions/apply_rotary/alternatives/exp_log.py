"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import torch


def rotate_half(x):
    x1, x2 = x.split(x.shape[-1] // 2, dim=-1)
    return torch.cat((-x2, x1), dim=-1)


def apply_rotary(x, cos, sin):
    cos, sin = (torch.cat((table, table), dim=-1).unsqueeze(-2) for table in (cos, sin))
    turned, rest = x[..., : cos.shape[-1]], x[..., cos.shape[-1] :]
    turned = (turned * cos + rotate_half(turned) * sin).to(x.dtype)
    return torch.cat((turned, rest), dim=-1)
