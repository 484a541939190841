"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch


def gelu(x):
    return x * torch.distributions.Normal(0.0, 1.0).cdf(x).to(x.dtype)
