"""softplus as what it is: log(1 + e^x)."""

import torch


def discretise(dt, A_log, dt_bias):
    wide = torch.promote_types(dt.dtype, torch.float32)
    x = dt.to(wide) + dt_bias.to(wide).view(1, -1, 1)
    step = torch.logaddexp(x, torch.zeros_like(x))
    return -step * A_log.to(wide).exp().view(1, -1, 1), step
