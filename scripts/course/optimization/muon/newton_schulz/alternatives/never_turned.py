"""A tall matrix is multiplied from the other side and never turned; momentum by products and sums."""

import torch


def newton_schulz(G, steps=5):
    rows, cols = G.shape
    X = G / torch.clamp(torch.sqrt((G * G).sum()), min=1e-7)
    for _ in range(steps):
        if rows <= cols:
            A = torch.matmul(X, X.T)
            X = 3.4445 * X + torch.matmul(-4.7750 * A + 2.0315 * torch.matmul(A, A), X)
        else:
            A = torch.matmul(X.T, X)
            X = 3.4445 * X + torch.matmul(X, -4.7750 * A + 2.0315 * torch.matmul(A, A))
    return X
