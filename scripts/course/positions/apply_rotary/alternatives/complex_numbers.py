"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch


def apply_rotary(x, cos, sin):
    n = cos.shape[-1]
    turned = torch.complex(x[..., :n].float(), x[..., n : 2 * n].float()) * torch.complex(cos, sin)[..., None, :]
    return torch.cat((turned.real, turned.imag, x[..., 2 * n :]), dim=-1).type_as(x)
