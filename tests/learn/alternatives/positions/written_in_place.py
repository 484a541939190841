"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""

import torch


def visible_keys(query_position, key_position, window=None):
    query_position, key_position = query_position.unsqueeze(-1), key_position.unsqueeze(-2)
    hidden = key_position > query_position
    if window is not None:
        hidden |= key_position <= query_position - window
    return ~hidden


def precompute_rotary_tables(head_dim, length, theta, stretch=1.0):
    pairs = torch.arange(head_dim // 2)
    angle = torch.arange(length)[:, None] * stretch / theta ** (2 * pairs / head_dim)[None, :]
    return angle.cos(), angle.sin()


def apply_rotary(x, cos, sin):
    half = cos.shape[-1]
    cos, sin = cos.to(x.dtype).unsqueeze(-2), sin.to(x.dtype).unsqueeze(-2)
    first, second = x[..., :half], x[..., half : 2 * half]
    y = x.clone()
    y[..., :half] = first * cos - second * sin
    y[..., half : 2 * half] = first * sin + second * cos
    return y


def apply_rotary_interleaved(x, cos, sin):
    y = x.clone()
    for pair in range(cos.shape[-1]):
        c, s = (table[..., pair].to(x.dtype)[..., None] for table in (cos, sin))
        first, second = x[..., 2 * pair], x[..., 2 * pair + 1]
        y[..., 2 * pair] = first * c - second * s
        y[..., 2 * pair + 1] = first * s + second * c
    return y
