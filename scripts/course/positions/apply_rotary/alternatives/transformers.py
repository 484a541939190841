"""As transformers writes it, with a helper that rotates by 90 degrees, and tables for the whole head."""

import torch


def rotate_half(x):
    x1 = x[..., : x.shape[-1] // 2]
    x2 = x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


def apply_rotary(x, cos, sin):
    cos, sin = torch.cat((cos, cos), dim=-1), torch.cat((sin, sin), dim=-1)
    return ((x * cos) + (rotate_half(x) * sin)).to(x.dtype)
