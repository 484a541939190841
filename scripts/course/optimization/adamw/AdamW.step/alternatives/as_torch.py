"""In the order of operations of torch's own: weights decay first, and the corrections go to step size and root. The
count is a tensor. The groups go through the modules once."""

import math

import torch


class AdamW(torch.optim.Optimizer):
    @torch.no_grad()
    def step(self):
        for settings in self.param_groups:
            for parameter in settings["params"]:
                if parameter.grad is not None:
                    self.update(parameter, settings, self.state[parameter])

    def update(self, parameter, settings, memory):
        if len(memory) == 0:
            memory["step"] = torch.tensor(0.0)
            memory["exp_avg"] = torch.zeros_like(parameter)
            memory["exp_avg_sq"] = torch.zeros_like(parameter)
        memory["step"] += 1
        t = memory["step"].item()
        beta1, beta2 = settings["betas"]
        parameter.mul_(1 - settings["lr"] * settings["weight_decay"])
        memory["exp_avg"].mul_(beta1).add_(parameter.grad, alpha=1 - beta1)
        memory["exp_avg_sq"].mul_(beta2).addcmul_(parameter.grad, parameter.grad, value=1 - beta2)
        root = (memory["exp_avg_sq"].sqrt() / math.sqrt(1 - beta2**t)).add_(settings["eps"])
        parameter.addcdiv_(memory["exp_avg"], root, value=-settings["lr"] / (1 - beta1**t))
