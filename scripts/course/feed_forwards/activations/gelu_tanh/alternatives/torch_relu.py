"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch


def gelu_tanh(x):
    # (1 + tanh(z)) / 2 is sigmoid(2 z).
    return x * torch.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))
