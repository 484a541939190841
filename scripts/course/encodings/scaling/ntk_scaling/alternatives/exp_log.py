"""Powers as exponentials of logarithms."""

import math

import torch


def ntk_scaling(config, dim):
    original = config.rope_original_seq_len or config.max_seq_len
    growth = config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)
    return torch.exp(torch.linspace(0, -math.log(growth), dim // 2)), 1.0
