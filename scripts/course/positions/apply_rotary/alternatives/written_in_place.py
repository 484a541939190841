"""Written into the two halves of a fresh tensor, with the tables narrowed first."""


def apply_rotary(x, cos, sin):
    half = x.shape[-1] // 2
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    y = x.clone()
    y[..., :half] = first * cos - second * sin
    y[..., half:] = first * sin + second * cos
    return y
