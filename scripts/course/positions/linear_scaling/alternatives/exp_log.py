"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import torch


def linear_scaling(config, dim):
    return torch.tensor([1 / config.rope_factor] * (dim // 2)), 1
