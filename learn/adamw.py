"""AdamW: every number gets a step size of its own."""

import torch
from torch import nn

from .debug import debug
from .gpt import GPT


class AdamW(torch.optim.Optimizer):
    r"""Adam with decoupled weight decay. Each group of parameters has "lr", "betas", "eps" and "weight_decay".

    Written to be read. `torch.optim.AdamW(fused=True)` gives the same numbers in one kernel, several times as fast.

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

            m <- beta1 m + (1 - beta1) g           the mean of the gradients
            v <- beta2 v + (1 - beta2) g^2         the mean of their squares
            W <- W - lr weight_decay W
            W <- W - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

        g: the gradient, W.grad, which stays as it is. t counts the steps of this parameter, the first is 1; m and v
        begin as zeros. They are kept as "step", "mean" and "mean_square" of self.state[W], a dict that is empty at
        first; what is kept elsewhere is in no checkpoint. The settings are those of the parameter's group: each of
        self.param_groups is a dict with them and with its "params". Equal to `torch.optim.AdamW`.
        """
        debug("AdamW.step")
        # Each group has settings of its own, and a parameter that took no part in the loss has no gradient.
        # What is remembered of a parameter begins with its first step.
        # Where to go, on average, and how large the gradients are of late, whatever their sign.
        # Both began at zero, and are too small by as much as they still remember of it.
        # Decay by itself, not as a part of the gradient: there it would be divided by the root too, and weights
        # with large gradients would hardly decay.
        # The ratio has no unit: numbers with tiny gradients take steps as large as the others.
        raise NotImplementedError("TODO: keep the mean of the gradients and of their squares; decay; step by the ratio of the two")


def decay_groups(model: GPT, weight_decay: float) -> list[dict]:
    r"""The parameters of a model in two groups: those that decay, and those that do not.

        [{"params": [...], "weight_decay": weight_decay}, {"params": [...], "weight_decay": 0.0}]

    Matrices decay: all parameters with two or more dimensions but the weights of `nn.Embedding` modules, and so a head
    that is tied to the embedding does not. Norms, biases and other vectors do not either. Every parameter stands in
    exactly one group; in each, they keep the order of `model.parameters()`.

    Brown et al. 2020, GPT-3 (arXiv:2005.14165), appendix B, for decay at all; nanoGPT for what is left out.
    """
    debug("decay_groups", model=model, weight_decay=weight_decay)
    # A row of an embedding has a gradient only where its token comes up; decay in between would pull rare ones to zero.
    # A matrix can be kept small without harm, since norms undo its size. A norm's own weight is where that size is set.
    raise NotImplementedError("TODO: put every parameter into one of two groups: those that decay, and those that do not")


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
    settings = {"lr": learning_rate, "betas": (beta1, beta2), "eps": eps}
    if readable:
        return [AdamW(groups, **settings)]
    return [torch.optim.AdamW(groups, **settings, fused=model.get_device().type in ("cpu", "cuda"))]
