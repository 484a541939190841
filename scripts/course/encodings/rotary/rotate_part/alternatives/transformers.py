"""As transformers writes it for GPT-NeoX: split by the size of the tables."""

import torch


def rotate_part(rotation, x, cos, sin):
    rotary_dim = cos.shape[-1] * 2
    x_rot, x_pass = x[..., :rotary_dim], x[..., rotary_dim:]
    x_embed = rotation(x_rot, cos, sin)
    return torch.cat([x_embed, x_pass], dim=-1)
