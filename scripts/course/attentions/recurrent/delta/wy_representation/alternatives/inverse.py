"""The inverse of I + A, which is applied twice."""

import torch


def wy_representation(key, value, log_decay, beta):
    k_beta = key * beta.unsqueeze(-1)
    A = (k_beta @ key.transpose(-1, -2) * decay_matrix(log_decay)).tril(-1)
    T = torch.linalg.inv(torch.eye(A.size(-1), dtype=A.dtype, device=A.device) + A)
    return T @ (value * beta.unsqueeze(-1)), T @ (k_beta * log_decay.cumsum(-1).exp().unsqueeze(-1))
