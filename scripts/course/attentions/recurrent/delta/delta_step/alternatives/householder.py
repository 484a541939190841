"""As a product with I - beta k k^T, which is how papers write it."""

import torch


def delta_step(state, key, value, beta):
    k, b = key.unsqueeze(-1), beta[..., None, None]
    identity = torch.eye(key.size(-1), dtype=key.dtype, device=key.device)
    return (identity - b * k @ k.mT) @ state + b * k @ value.unsqueeze(-2)
