"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch.nn import functional as F


def relu(x):
    return F.relu(x)
