"""Muon: steps for matrices, in which every direction counts the same."""

import torch
from jaxtyping import Float
from torch import Tensor

from .adamw import decay_groups
from .gpt import GPT


def newton_schulz(G: Float[Tensor, "rows cols"], steps: int = 5) -> Float[Tensor, "rows cols"]:
    r"""The orthogonal matrix nearest to G, roughly: the singular values of the result lie near 1 (about 0.7 to 1.2).

        X = G / ||G||;   X <- a X + (b X X^T + c (X X^T)^2) X   `steps` times,   a, b, c = 3.4445, -4.7750, 2.0315

    ||G|| is the Frobenius norm, 1e-7 at least. A tall G goes through this as G^T, since X X^T would be the larger of
    two squares, and comes back in its own shape. The iteration pushes every singular value towards 1 without ever
    computing one; those below some 0.002 of ||G|| do not get there in five steps. G: any floating dtype, in which the
    iteration runs and the result comes back; bfloat16 is accurate enough. G itself stays as it is.

    Keller Jordan 2024, "Muon: An optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    # X X^T is the smaller square for a wide matrix, so a tall one is turned first.
    tall = G.size(0) > G.size(1)
    X = G.mT if tall else G
    # All singular values must start at 1 or below. The Frobenius norm is an upper bound on the largest; a gradient of
    # zeros stays one.
    X = X / X.norm().clamp(min=1e-7)
    # Each round puts every singular value s through a s + b s^3 + c s^5, which lifts small ones fastest.
    for _ in range(steps):
        A = X @ X.mT
        B = b * A + c * A @ A
        X = a * X + B @ X
    # Turned back, if it was turned.
    return X.mT if tall else X


class Muon(torch.optim.Optimizer):
    r"""Momentum, orthogonalised: every direction that the gradients agree on gets a step of the same size.

    Only for matrices. Each group of parameters has "lr", "momentum" and "dtype", in which is orthogonalised.

    Keller Jordan 2024 (kellerjordan.github.io/posts/muon).
    """

    def __init__(self, params, lr: float = 0.02, momentum: float = 0.95, dtype: torch.dtype = torch.bfloat16):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dtype": dtype})

    @torch.no_grad()
    def step(self) -> None:
        r"""Take one step on every parameter that has a gradient, in place.

            m <- mu m + (1 - mu) g                                     from zero
            u  = mu m + (1 - mu) g                                     Nesterov: one step ahead
            W <- W - lr sqrt(max(1, rows / cols)) newton_schulz(u)

        g: the gradient, W.grad, which stays as it is. m is kept as "momentum" of self.state[W], a dict that is empty at
        first; what is kept elsewhere is in no checkpoint. lr, mu: "lr" and "momentum" of the parameter's group: each of
        self.param_groups is a dict with its settings and with its "params". u is given to newton_schulz in the group's
        "dtype". Equal to `torch.optim.Muon` (torch 2.9 and newer) without weight decay.
        """
        # Each group has settings of its own, and a parameter that took no part in the loss has no gradient.
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                # What is remembered of a parameter begins with its first step.
                state = self.state[W]
                if not state:
                    state["momentum"] = torch.zeros_like(W)
                # The running mean of the gradients, then a look one step ahead of it.
                mean = state["momentum"].lerp_(W.grad, 1 - group["momentum"])
                update = newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))
                # A tall matrix has fewer directions than rows. The factor keeps the size of its outputs' change.
                scale = max(1, W.size(0) / W.size(1)) ** 0.5
                W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)


def setup_muon(
    model: GPT,
    learning_rate: float = 1e-3,
    matrix_lr: float = 0.02,
    weight_decay: float = 0.1,
    beta1: float = 0.9,
    beta2: float = 0.95,
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW with one learning rate for everything else: [AdamW, Muon]."""
    matrices = [weight for weight in model.blocks.parameters() if weight.ndim == 2]
    taken = {id(weight) for weight in matrices}
    groups = decay_groups(model, weight_decay)
    for group in groups:
        group["params"] = [weight for weight in group["params"] if id(weight) not in taken]
    device = model.get_device().type
    return [
        torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=learning_rate,
            betas=(beta1, beta2),
            fused=device in ("cpu", "cuda"),
        ),
        # The orthogonalisation runs in bfloat16 where the hardware has it, which a CPU seldom does.
        Muon(matrices, lr=matrix_lr, dtype=torch.bfloat16 if device == "cuda" else torch.float32),
    ]
