"""As transformers writes it: by wavelengths, in three parts, here divided by the plain inverse frequencies."""

import math

import torch


def llama3_scaling(config, dim):
    old_context_len = config.rope_original_seq_len or config.max_seq_len
    low_freq_factor, high_freq_factor = config.rope_low_freq_factor, config.rope_high_freq_factor
    inv_freq = 1.0 / (config.rope_theta ** (torch.arange(0, dim, 2) / dim))
    wavelen = 2 * math.pi / inv_freq
    scaled = torch.where(wavelen > old_context_len / low_freq_factor, inv_freq / config.rope_factor, inv_freq)
    smooth = (old_context_len / wavelen - low_freq_factor) / (high_freq_factor - low_freq_factor)
    smoothed = (1 - smooth) * scaled / config.rope_factor + smooth * scaled
    medium = ~(wavelen < old_context_len / high_freq_factor) * ~(wavelen > old_context_len / low_freq_factor)
    return torch.where(medium, smoothed, scaled) / inv_freq, 1.0
