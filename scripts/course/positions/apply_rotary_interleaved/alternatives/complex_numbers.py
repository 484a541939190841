"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch


def apply_rotary_interleaved(x, cos, sin):
    n = cos.shape[-1]
    pairs = torch.view_as_complex(x[..., : 2 * n].float().unflatten(-1, (n, 2)).contiguous())
    turned = torch.view_as_real(pairs * torch.complex(cos, sin).unsqueeze(-2)).flatten(-2)
    return torch.cat((turned.type_as(x), x[..., 2 * n :]), dim=-1)
