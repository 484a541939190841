"""Optimizers: AdamW for the embedding and the head, Muon for the matrices between them."""

import torch
from jaxtyping import Float
from torch import Tensor

from .debug import debug
from .gpt import GPT


def newton_schulz(G: Float[Tensor, "rows cols"], steps: int = 5) -> Float[Tensor, "rows cols"]:
    r"""The orthogonal matrix nearest to G, roughly: the singular values of the result lie near 1 (about 0.7 to 1.2).

        X = G / ||G||;   X <- a X + (b X X^T + c (X X^T)^2) X   `steps` times,   a, b, c = 3.4445, -4.7750, 2.0315

    The iteration pushes every singular value towards 1 without ever computing one; those below some 0.002 of ||G|| do
    not get there in five steps. G: any floating dtype, in which the iteration runs and the result comes back; bfloat16
    is accurate enough.

    Keller Jordan 2024, "Muon: An optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    # X X^T is the smaller square for a wide matrix, so a tall one is turned first.
    tall = G.size(0) > G.size(1)
    X = G.mT if tall else G
    # All singular values must start at 1 or below. The Frobenius norm is an upper bound on the largest.
    X = X / X.norm().clamp(min=1e-7)
    for _ in range(steps):
        A = X @ X.mT
        B = b * A + c * A @ A
        X = a * X + B @ X
    return X.mT if tall else X


class Muon(torch.optim.Optimizer):
    r"""Momentum, orthogonalised: every direction that the gradients agree on gets a step of the same size.

        m <- mu m + (1 - mu) g
        u  = mu m + (1 - mu) g                                     Nesterov: one step ahead
        W <- W - lr sqrt(max(1, rows / cols)) newton_schulz(u)

    Only for matrices. Equal to `torch.optim.Muon` (torch 2.9 and newer) without weight decay, up to rounding in dtype.

    Keller Jordan 2024 (kellerjordan.github.io/posts/muon).
    """

    def __init__(self, params, lr: float = 0.02, momentum: float = 0.95, dtype: torch.dtype = torch.bfloat16):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dtype": dtype})

    @torch.no_grad()
    def step(self) -> None:
        """Take one step on every parameter that has a gradient."""
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                state = self.state[W]
                if not state:
                    state["momentum"] = torch.zeros_like(W)
                # The running mean of the gradients, then a look one step ahead of it.
                mean = state["momentum"].lerp_(W.grad, 1 - group["momentum"])
                update = newton_schulz(W.grad.lerp(mean, group["momentum"]).to(group["dtype"]))
                # A tall matrix has fewer directions than rows. The factor keeps the size of its outputs' change.
                scale = max(1, W.size(0) / W.size(1)) ** 0.5
                W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)


def setup_optimizers(
    model: GPT, head_lr: float = 0.004, embedding_lr: float = 0.2, matrix_lr: float = 0.02, vector_lr: float = 0.02
) -> list[torch.optim.Optimizer]:
    r"""Two optimizers for four kinds of weight.

        AdamW: the head, lr head_lr * s;   s = (C / 768)^(-1/2)
               the token embedding, lr embedding_lr * s
               everything else (of norms, biases, positions), lr vector_lr * s
               betas (0.8, 0.95), eps 1e-10, no weight decay; a group that would be empty may be left out
        Muon:  every matrix of the blocks, lr matrix_lr, momentum 0.95

    Every parameter stands in exactly one group; an embedding that is also the head's weight counts as the head. Each
    group also remembers its "initial_lr", which the schedule scales. Returns [AdamW, Muon].

    nanochat (github.com/karpathy/nanochat, November 2025), `GPT.setup_optimizers`.
    """
    debug(
        "setup_optimizers",
        model=model,
        head_lr=head_lr,
        embedding_lr=embedding_lr,
        matrix_lr=matrix_lr,
        vector_lr=vector_lr,
    )
    # The matrices of the blocks are maps from vectors to vectors: Muon treats each as one object.
    # Embedding and head: rows that stand for single tokens, most of them without a gradient in a given batch. Adam
    # gives every number its own step size, which suits the vectors of the norms too.
    # The wider the model, the smaller the step that its embedding and head can take; 768 is where they were tuned.
    # The orthogonalisation runs in bfloat16 where the hardware has it, which a CPU seldom does.
    # The schedule multiplies the initial rate, so that groups keep their ratio.
    raise NotImplementedError("TODO: give the head and the embedding to AdamW and every matrix of the blocks to Muon")
