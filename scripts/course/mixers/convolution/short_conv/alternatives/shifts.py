"""A sum of shifted copies."""

import torch


def short_conv(x, weight):
    T = x.size(1) - weight.size(1) + 1
    y = sum(weight[:, j] * x[:, j : j + T] for j in range(weight.size(1)))
    return y * torch.sigmoid(y)
