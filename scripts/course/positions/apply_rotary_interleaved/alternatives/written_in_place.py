"""Written into the two halves of a fresh tensor, with the tables narrowed first, as nanochat does."""


def apply_rotary_interleaved(x, cos, sin):
    y = x.clone()
    for pair in range(cos.shape[-1]):
        c, s = (table[..., pair].to(x.dtype)[..., None] for table in (cos, sin))
        first, second = x[..., 2 * pair], x[..., 2 * pair + 1]
        y[..., 2 * pair] = first * c - second * s
        y[..., 2 * pair + 1] = first * s + second * c
    return y
