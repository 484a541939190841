"""The formula as it stands: x / sqrt(mean(x^2) + eps). The soft cap by a sigmoid: tanh(y) = 2 sigmoid(2y) - 1."""

import torch


def soft_cap(x, cap):
    return ((2 * torch.sigmoid(2 * x.double() / cap) - 1) * cap).to(x.dtype)
