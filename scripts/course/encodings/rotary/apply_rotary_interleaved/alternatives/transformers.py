"""As transformers writes it for GPT-J and Cohere, with a helper that rotates every pair by 90 degrees."""

import torch


def rotate_every_two(x):
    x1 = x[:, :, :, ::2]
    x2 = x[:, :, :, 1::2]
    return torch.stack((-x2, x1), dim=-1).flatten(-2)


def apply_rotary_interleaved(x, cos, sin):
    cos = torch.repeat_interleave(cos, 2, dim=-1)
    sin = torch.repeat_interleave(sin, 2, dim=-1)
    return ((x * cos) + (rotate_every_two(x) * sin)).to(x.dtype)
