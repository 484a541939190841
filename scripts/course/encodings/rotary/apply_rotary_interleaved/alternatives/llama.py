"""As the first Llama writes it: neighbours are a complex number, and its rotation a product with another one."""

import torch


def apply_rotary_interleaved(x, cos, sin):
    x_ = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    x_out = torch.view_as_real(x_ * torch.complex(cos, sin)).flatten(3)
    return x_out.type_as(x)
