"""The polynomial in Horner's order, fused sums and products; the new mean is made and put in the place of the old."""

import torch


class Muon(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is not None:
                    self.step_of(W, **{name: group[name] for name in ("lr", "momentum", "dtype")})

    def step_of(self, W, lr, momentum, dtype):
        before = self.state[W].get("momentum_buffer", torch.zeros_like(W))
        mean = torch.lerp(W.grad, before, momentum)
        self.state[W]["momentum_buffer"] = mean
        update = newton_schulz(torch.lerp(W.grad, mean, momentum).type(dtype)).type_as(W)
        W.copy_(W - lr * max(1.0, W.shape[0] / W.shape[1]) ** 0.5 * update)
