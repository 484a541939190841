"""As the first Llama writes it: a pair is a complex number, and its rotation a product with another one."""

import torch


def apply_rotary(x, cos, sin):
    x_ = torch.complex(*x.float().chunk(2, dim=-1))
    x_out = x_ * torch.complex(cos, sin)
    return torch.cat((x_out.real, x_out.imag), dim=-1).type_as(x)
