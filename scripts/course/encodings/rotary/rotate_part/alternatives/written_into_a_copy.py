"""Written into a copy of the whole head."""


def rotate_part(rotation, x, cos, sin):
    y, dim = x.clone(), 2 * cos.size(-1)
    y[..., :dim] = rotation(x[..., :dim], cos, sin)
    return y
