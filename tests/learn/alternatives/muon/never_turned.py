"""A tall matrix is multiplied from the other side and never turned; momentum by products and sums."""

import math

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


class Muon(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            mu = group["momentum"]
            for W in filter(lambda W: W.grad is not None, group["params"]):
                m = self.state[W].setdefault("momentum", torch.zeros_like(W))
                m.mul_(mu).add_(W.grad, alpha=1 - mu)
                u = mu * m + (1 - mu) * W.grad
                rows, cols = W.shape
                lr = group["lr"] * math.sqrt(rows / cols if rows > cols else 1)
                W -= lr * newton_schulz(u.to(group["dtype"]))
