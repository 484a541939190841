"""Pair by pair, in plain Python."""

import math

import torch


def yarn_scaling(config, dim):
    factor, original = config.rope_factor, config.rope_original_seq_len or config.max_seq_len
    scale = dim / (2 * math.log(config.rope_theta))
    first, last = (scale * (math.log(original) - math.log(2 * math.pi * rotations)) for rotations in (32, 1))
    first, last = max(math.floor(first), 0), min(math.ceil(last), dim - 1)
    last = first + 0.001 if last == first else last
    scaling = []
    for i in range(dim // 2):
        interpolated = min(max((i - first) / (last - first), 0.0), 1.0)
        scaling.append(1 - interpolated + interpolated / factor)
    return torch.tensor(scaling), 1 + 0.1 * math.log(max(factor, 1.0))
