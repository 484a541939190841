"""The logarithm of one minus the power, in float64 and narrowed."""

import torch


def log_gamma(n_head):
    gamma = 1 - 2 ** (-5 - torch.arange(n_head, dtype=torch.float64))
    return gamma.log().to(torch.promote_types(torch.get_default_dtype(), torch.float32))
