"""As the first Llama writes it: a pair is a complex number, and so is its rotation."""

import torch


def precompute_rotary_tables(head_dim, length, theta):
    freqs = 1.0 / (theta ** (torch.arange(0, head_dim, 2)[: (head_dim // 2)].float() / head_dim))
    freqs = torch.outer(torch.arange(length), freqs).float()
    freqs_cis = torch.polar(torch.ones_like(freqs), freqs)
    return freqs_cis.real, freqs_cis.imag
