"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch


def leaky_relu(x):
    return torch.maximum(x, x * 0.01)
