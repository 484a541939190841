"""As transformers writes it: the scaled inverse frequencies, here divided by the plain ones."""

import torch


def linear_scaling(config, dim):
    default = 1.0 / (config.rope_theta ** (torch.arange(0, dim, 2).float() / dim))
    inv_freq = default / config.rope_factor
    return inv_freq / default, 1.0
