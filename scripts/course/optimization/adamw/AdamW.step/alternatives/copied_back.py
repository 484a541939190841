"""New means and new weights are made, and copied into the memory of the old. The groups are told apart by name."""

import torch


class AdamW(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (beta1, beta2), eps, decay = (group[name] for name in ("lr", "betas", "eps", "weight_decay"))
            for W in group["params"]:
                g = W.grad
                if g is None:
                    continue
                state = self.state[W]
                t = state.get("step", 0) + 1
                m = beta1 * state.get("exp_avg", 0) + (1 - beta1) * g
                v = beta2 * state.get("exp_avg_sq", 0) + (1 - beta2) * g**2
                self.state[W] = {"step": t, "exp_avg": m, "exp_avg_sq": v}
                direction = (m / (1 - beta1**t)) / (torch.sqrt(v / (1 - beta2**t)) + eps)
                W.copy_(W - lr * (direction + decay * W))
