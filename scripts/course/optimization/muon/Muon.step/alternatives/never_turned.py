"""A tall matrix is multiplied from the other side and never turned; momentum by products and sums."""

import math

import torch


class Muon(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            mu = group["momentum"]
            for W in filter(lambda W: W.grad is not None, group["params"]):
                m = self.state[W].setdefault("momentum_buffer", torch.zeros_like(W))
                m.mul_(mu).add_(W.grad, alpha=1 - mu)
                u = mu * m + (1 - mu) * W.grad
                rows, cols = W.shape
                lr = group["lr"] * math.sqrt(rows / cols if rows > cols else 1)
                W -= lr * newton_schulz(u.to(group["dtype"]))
