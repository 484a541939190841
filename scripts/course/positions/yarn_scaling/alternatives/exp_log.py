"""Powers as exponentials of logarithms; the turn with a helper that rotates by a quarter; recursion for the slopes."""

import math

import torch


def yarn_scaling(config, dim):
    # By how often a pair turns, number by number.
    factor, original = config.rope_factor, config.rope_original_seq_len or config.max_seq_len
    scale = dim / (2 * math.log(config.rope_theta))
    first, last = (scale * (math.log(original) - math.log(2 * math.pi * turns)) for turns in (32, 1))
    first, last = max(math.floor(first), 0), min(math.ceil(last), dim - 1)
    last = first + 0.001 if last == first else last
    stretch = []
    for i in range(dim // 2):
        squeezed = min(max((i - first) / (last - first), 0.0), 1.0)
        stretch.append(1 - squeezed + squeezed / factor)
    return torch.tensor(stretch), 1 + 0.1 * math.log(max(factor, 1.0))
