"""As transformers writes it: a new base, here divided by the old one."""

import torch


def ntk_scaling(config, dim):
    trained = config.max_seq_len if config.rope_original_seq_len is None else config.rope_original_seq_len
    growth = 1 + config.rope_factor * (config.max_seq_len / trained - 1)
    # A single pair has nothing to be spread over.
    base = config.rope_theta * growth ** (dim / max(dim - 2, 1))
    exponent = torch.arange(0, dim, 2) / dim
    return (config.rope_theta / base) ** exponent, 1.0
