"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""


def apply_rotary(x, cos, sin):
    half = cos.shape[-1]
    cos, sin = cos.to(x.dtype).unsqueeze(-2), sin.to(x.dtype).unsqueeze(-2)
    first, second = x[..., :half], x[..., half : 2 * half]
    y = x.clone()
    y[..., :half] = first * cos - second * sin
    y[..., half : 2 * half] = first * sin + second * cos
    return y
