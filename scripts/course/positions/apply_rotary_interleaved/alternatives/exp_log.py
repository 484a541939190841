"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import torch


def rotate_every_two(x):
    return torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)


def apply_rotary_interleaved(x, cos, sin):
    cos, sin = (table.repeat_interleave(2, dim=-1).unsqueeze(-2) for table in (cos, sin))
    turned, rest = x.tensor_split((cos.shape[-1],), dim=-1)
    return torch.cat(((turned * cos + rotate_every_two(turned) * sin).to(x.dtype), rest), dim=-1)
