"""Pair by pair, written into a fresh tensor, with the tables narrowed first."""


def apply_rotary_interleaved(x, cos, sin):
    y = x.clone()
    for pair in range(cos.shape[-1]):
        c, s = cos[..., pair].to(x.dtype), sin[..., pair].to(x.dtype)
        first, second = x[..., 2 * pair], x[..., 2 * pair + 1]
        y[..., 2 * pair] = first * c - second * s
        y[..., 2 * pair + 1] = first * s + second * c
    return y
