"""A sum of shifted copies."""

import torch


def short_conv(x, weight, bias=None):
    T = x.size(1) - weight.size(1) + 1
    y = sum(weight[:, j] * x[:, j : j + T] for j in range(weight.size(1)))
    if bias is not None:
        y = y + bias
    return y * torch.sigmoid(y)
