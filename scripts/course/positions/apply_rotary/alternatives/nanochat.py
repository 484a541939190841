"""As nanochat writes it, but for the direction: nanochat's sines have the other sign."""

import torch


def apply_rotary(x, cos, sin):
    assert x.ndim == 4
    d = x.shape[3] // 2
    x1, x2 = x[..., :d], x[..., d:]
    y1 = x1 * cos + x2 * (-sin)
    y2 = x1 * sin + x2 * cos
    out = torch.cat([y1, y2], 3)
    return out.to(x.dtype)
