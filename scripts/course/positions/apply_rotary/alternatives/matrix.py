"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import torch


def apply_rotary(x, cos, sin):
    turn = torch.stack((torch.stack((cos, -sin)), torch.stack((sin, cos))))
    whole = 2 * cos.size(-1)
    pairs = x[..., :whole].unflatten(-1, (2, -1)).to(cos.dtype)
    turned = torch.einsum("ac...ti,...thci->...thai", turn, pairs).flatten(-2).to(x.dtype)
    return torch.cat((turned, x[..., whole:]), dim=-1)
