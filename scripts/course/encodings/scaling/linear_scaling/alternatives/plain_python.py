"""A list, and a whole number for the attention_factor."""

import torch


def linear_scaling(config, dim):
    return torch.tensor([1 / config.rope_factor] * (dim // 2)), 1
