"""As in Mamba-2's code: repeat, keep what is strictly below the diagonal, sum downwards."""

import torch


def decay_matrix(log_decay):
    T = log_decay.size(-1)
    x = log_decay[..., None].expand(*log_decay.shape, T)
    x = x.masked_fill(~torch.ones(T, T, dtype=torch.bool, device=x.device).tril(-1), 0)
    x = x.cumsum(dim=-2)
    return x.masked_fill(~torch.ones(T, T, dtype=torch.bool, device=x.device).tril(0), -torch.inf).exp()
