"""As transformers writes it: a mix of two sets of inverse frequencies, here divided by the first."""

import math

import torch


def yarn_scaling(config, dim):
    trained = config.rope_original_seq_len or config.max_seq_len

    def correction_dim(rotations):
        return (dim * math.log(trained / (rotations * 2 * math.pi))) / (2 * math.log(config.rope_theta))

    low = max(math.floor(correction_dim(32)), 0)
    high = min(math.ceil(correction_dim(1)), dim - 1)
    if low == high:
        high += 0.001
    powers = config.rope_theta ** (torch.arange(0, dim, 2) / dim)
    extrapolated, interpolated = 1.0 / powers, 1.0 / (config.rope_factor * powers)
    factor = 1 - torch.clamp((torch.arange(dim // 2, dtype=torch.float32) - low) / (high - low), 0, 1)
    mixed = interpolated * (1 - factor) + extrapolated * factor
    attention_factor = 1.0
    if config.rope_factor > 1:
        attention_factor = 0.1 * math.log(config.rope_factor) + 1.0
    return mixed * powers, attention_factor
