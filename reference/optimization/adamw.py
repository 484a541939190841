"""AdamW: every weight gets a step size of its own."""

import torch
from torch import nn

from ..gpt import GPT


class AdamW(torch.optim.Optimizer):
    r"""Adam with decoupled weight decay. Each parameter group has "lr", "betas", "eps" and "weight_decay".

    Written to be read. `torch.optim.AdamW(fused=True)` computes the same in one kernel, several times as fast.

    Kingma and Ba 2014, Adam (arXiv:1412.6980), algorithm 1; Loshchilov and Hutter 2017 (arXiv:1711.05101), algorithm 2.
    """

    def __init__(
        self,
        params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        r"""Take one step on every parameter that has a gradient, in place.

            m <- beta1 m + (1 - beta1) g           first moment: moving average of the gradients
            v <- beta2 v + (1 - beta2) g^2         second moment: moving average of their squares
            W <- W - lr weight_decay W
            W <- W - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

        g: the gradient, W.grad, which is not changed. t: the number of steps of this parameter, 1 in its first; m and v
        start at zero. self.state[W], a dict that starts empty, keeps them as "step", "exp_avg" and "exp_avg_sq", as
        `torch.optim.AdamW` does: each loads the other's state_dict ("step" may be a tensor there) and goes on equally.
        The settings are those of the parameter's group: each of self.param_groups is a dict of them and "params".
        """
        # Go through the groups, each with settings of its own; skip parameters that have no gradient.
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for W in group["params"]:
                if W.grad is None:
                    continue
                # Start the state of a parameter in its first step.
                state = self.state[W]
                if not state:
                    state |= {"step": 0, "exp_avg": torch.zeros_like(W), "exp_avg_sq": torch.zeros_like(W)}
                state["step"] += 1
                # Update both moments: the direction, and the size of the gradients whatever their sign.
                exp_avg = state["exp_avg"].lerp_(W.grad, 1 - beta1)
                exp_avg_sq = state["exp_avg_sq"].lerp_(W.grad.square(), 1 - beta2)
                # Correct the bias of both towards the zeros that they started from.
                t = int(state["step"])
                exp_avg = exp_avg / (1 - beta1**t)
                exp_avg_sq = exp_avg_sq / (1 - beta2**t)
                # Decay the weight, decoupled from the gradient: as a part of it, decay would be divided by the root
                # too, and weights with large gradients would hardly decay.
                W.mul_(1 - group["lr"] * group["weight_decay"])
                # Step by the ratio, which has no unit: weights with tiny gradients move as far as the others.
                W.sub_(group["lr"] * exp_avg / (exp_avg_sq.sqrt() + group["eps"]))


def decay_groups(model: GPT, weight_decay: float) -> list[dict]:
    r"""The parameters of a model in two groups: with and without weight decay.

        [{"params": [...], "weight_decay": weight_decay}, {"params": [...], "weight_decay": 0.0}]

    Matrices decay: parameters with two or more dimensions, except the weights of `nn.Embedding` modules (and so not a
    head that is tied to the embedding). Norm weights, biases and other vectors do not. Every parameter is in exactly
    one group; each group keeps the order of `model.parameters()`.

    Brown et al. 2020, GPT-3 (arXiv:2005.14165), appendix B, for decay at all; OLMo 2 (arXiv:2501.00656), section 3.4.2,
    for the embeddings, which nanoGPT lets decay.
    """
    # Find the embeddings: a row has a gradient only where its token occurs, and decay in between would pull rare ones
    # to zero.
    embeddings = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    # Let the matrices decay: a norm behind them makes up for their size. A norm's own weight is where that size is set.
    decayed = [weight for weight in model.parameters() if weight.ndim >= 2 and id(weight) not in embeddings]
    # All others do not decay.
    taken = {id(weight) for weight in decayed}
    others = [weight for weight in model.parameters() if id(weight) not in taken]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def setup_adamw(
    model: GPT,
    learning_rate: float = 1e-3,
    weight_decay: float = 0.1,
    beta1: float = 0.9,
    beta2: float = 0.95,
    eps: float = 1e-8,
    readable: bool = False,
) -> list[torch.optim.Optimizer]:
    """One AdamW for everything, as torch computes it, or the readable one."""
    groups = decay_groups(model, weight_decay)
    settings: dict = {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps}
    if readable:
        return [AdamW(groups, **settings)]
    return [torch.optim.AdamW(groups, **settings, fused=model.get_device().type in ("cpu", "cuda"))]
