"""The formula as it stands: x / sqrt(mean(x^2) + eps). The soft cap by a sigmoid: tanh(y) = 2 sigmoid(2y) - 1."""

import torch


def rms_norm(x, eps):
    x_ = x.double()
    rms = torch.sqrt((x_**2).mean(-1, keepdim=True) + eps)
    return (x_ / rms).to(x.dtype)
