"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch


def relu(x):
    return torch.relu(x)
