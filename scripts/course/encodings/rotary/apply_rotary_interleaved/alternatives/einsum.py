"""The rotation as a product with matrices of two by two."""

import torch


def apply_rotary_interleaved(x, cos, sin):
    rotation = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos)))).squeeze(-2)
    pairs = x.unflatten(-1, (-1, 2)).to(cos.dtype)
    return torch.einsum("ac...ti,...thic->...thia", rotation, pairs).flatten(-2).to(x.dtype)
