"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch


def silu(x):
    # The logistic curve is a tangent hyperbolicus, squeezed and lifted.
    return x * (1 + torch.tanh(x / 2)) / 2
