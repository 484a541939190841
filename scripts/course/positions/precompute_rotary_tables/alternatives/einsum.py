"""As GPT-NeoX and older versions of transformers write it: the angles by einsum."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    inv_freq = 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
    freqs = torch.einsum("i,j->ij", torch.arange(length).type_as(inv_freq), inv_freq)
    return torch.cos(freqs), torch.sin(freqs)
