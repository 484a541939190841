"""The sum of squares as an inner product, and a helper."""

import torch


def mean_square(x):
    return torch.einsum("...c,...c->...", x, x)[..., None] / x.size(-1)


def rms_norm(x, eps):
    dtype, x = x.dtype, x.float()
    return x.mul(torch.rsqrt(mean_square(x).add(eps))).to(dtype)
