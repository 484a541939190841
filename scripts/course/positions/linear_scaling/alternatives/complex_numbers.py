"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch


def linear_scaling(config, dim):
    return torch.ones(dim // 2) / config.rope_factor, 1.0
