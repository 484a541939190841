"""As in transformers: a base, and its powers."""

import torch


def decay_rates(n_head, layer, n_layer):
    base = 1 / (2 ** (8 / n_head))
    exponent = torch.arange(n_head) + 1
    factor = 1 - layer / (n_layer - 1 + 1e-5) + 1e-5
    wide = torch.promote_types(torch.get_default_dtype(), torch.float32)
    return (base ** exponent.to(wide)) * factor
