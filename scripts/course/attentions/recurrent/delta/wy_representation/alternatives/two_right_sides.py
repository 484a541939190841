"""Both systems solved as they stand: u and w side by side."""

import torch


def wy_representation(key, value, log_decay, beta):
    A = beta[..., None] * (key @ key.mT) * decay_matrix(log_decay)
    decayed_key = log_decay.cumsum(dim=-1).exp()[..., None] * key
    right = beta[..., None] * torch.cat((value, decayed_key), dim=-1)
    solution = torch.linalg.solve_triangular(A, right, upper=False, unitriangular=True)
    u, w = solution.split((value.size(-1), key.size(-1)), dim=-1)
    return u, w
