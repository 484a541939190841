"""As in Mamba's code: A is negative, and what it is multiplied by is called delta."""

import torch
from torch.nn import functional as F


def discretise(dt, A_log, dt_bias):
    wide = torch.promote_types(dt.dtype, torch.float32)
    A = -torch.exp(A_log.to(wide))
    delta = F.softplus(dt.to(wide) + dt_bias.to(wide).unsqueeze(-1))
    return torch.einsum("bht,h->bht", delta, A), delta
