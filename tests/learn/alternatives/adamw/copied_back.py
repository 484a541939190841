"""New means and new weights are made, and copied into the memory of the old. The groups are told apart by name."""

import torch
from torch import nn


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
                m = beta1 * state.get("mean", 0) + (1 - beta1) * g
                v = beta2 * state.get("mean_square", 0) + (1 - beta2) * g**2
                self.state[W] = {"step": t, "mean": m, "mean_square": v}
                direction = (m / (1 - beta1**t)) / (torch.sqrt(v / (1 - beta2**t)) + eps)
                W.copy_(W - lr * (direction + decay * W))


def decay_groups(model, weight_decay):
    tables = [name + ".weight" for name, module in model.named_modules() if isinstance(module, nn.Embedding)]
    # The first name of a weight that has two is that of the embedding.
    groups = {True: [], False: []}
    for name, weight in model.named_parameters():
        groups[len(weight.shape) > 1 and name not in tables].append(weight)
    return [{"weight_decay": decay, "params": groups[decays]} for decays, decay in ((True, weight_decay), (False, 0.0))]
