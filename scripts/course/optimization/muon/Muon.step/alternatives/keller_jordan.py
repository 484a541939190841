"""As Muon's author: all matrices of one shape in one batch, orthogonalised by an iteration of its own."""

import torch


def zeropower_via_newtonschulz5(G, steps):
    a, b, c = (3.4445, -4.7750, 2.0315)
    X = G
    if G.size(-2) > G.size(-1):
        X = X.mT
    X = X / (X.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        A = X @ X.mT
        B = b * A + c * A @ A
        X = a * X + B @ X
    if G.size(-2) > G.size(-1):
        X = X.mT
    return X


class Muon(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault(p.shape, []).append(p)
            for params in by_shape.values():
                updates = []
                for p in params:
                    state = self.state[p]
                    if len(state) == 0:
                        state["momentum_buffer"] = torch.zeros_like(p)
                    state["momentum_buffer"].lerp_(p.grad, 1 - group["momentum"])
                    updates.append(p.grad.lerp(state["momentum_buffer"], group["momentum"]))
                batch = zeropower_via_newtonschulz5(torch.stack(updates).to(group["dtype"]), steps=5)
                for p, update in zip(params, batch, strict=True):
                    scale = max(1, p.size(-2) / p.size(-1)) ** 0.5
                    p.add_(update.to(p.dtype), alpha=-group["lr"] * scale)
