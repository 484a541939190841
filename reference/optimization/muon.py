"""Muon: momentum, orthogonalised by Newton-Schulz, for matrices."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..gpt import GPT
from .adamw import decay_groups


def newton_schulz(G: Float[Tensor, "rows cols"], steps: int = 5) -> Float[Tensor, "rows cols"]:
    r"""Orthogonalise G approximately: the same singular vectors, singular values near 1 (about 0.7 to 1.2).

        X = G / (||G|| + 1e-7), then `steps` times X <- a X + (b X X^T + c (X X^T)^2) X
        a, b, c = 3.4445, -4.7750, 2.0315

    ||G|| is the Frobenius norm; zeros stay zeros. A tall G goes through the iteration transposed, since X X^T would be
    the larger of two squares. Singular values below some 0.002 ||G|| do not reach 1 in five steps. The iteration runs
    in the dtype of G, any floating one that holds ||G|| (bfloat16 is exact enough; float16 ends at 65504), and G is not
    changed.

    Keller Jordan 2024, "Muon: An optimizer for hidden layers in neural networks" (kellerjordan.github.io/posts/muon).
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    # Transpose a tall matrix, so that X X^T is the smaller square.
    tall = G.size(0) > G.size(1)
    X = G.mT if tall else G
    # Bring all singular values to 1 or below: the Frobenius norm is at least the largest. Guard against zeros.
    X = X / (X.norm() + 1e-7)
    # Iterate: every singular value s becomes a s + b s^3 + c s^5, which lifts small ones fastest.
    for _ in range(steps):
        A = X @ X.mT
        B = b * A + c * A @ A
        X = a * X + B @ X
    # Undo the transpose.
    return X.mT if tall else X


class Muon(torch.optim.Optimizer):
    r"""Momentum, orthogonalised: all directions of a matrix get steps of the same size.

    Each parameter group has "lr", "momentum", and the "dtype" of the orthogonalisation: None means bfloat16 on a GPU,
    float32 elsewhere. Raises `ValueError` for parameters that are no matrices.

    Keller Jordan 2024 (kellerjordan.github.io/posts/muon).
    """

    def __init__(self, params, lr: float = 0.02, momentum: float = 0.95, dtype: torch.dtype | None = None):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dtype": dtype})

    def add_param_group(self, param_group: dict) -> None:
        """Another group of parameters. Raises `ValueError` naming the shapes of those that are no matrices."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if others := [tuple(W.shape) for W in group["params"] if W.ndim != 2]:
            raise ValueError(f"Muon is for matrices, not for a parameter of shape {others[0]}; give it to AdamW")
        if group["dtype"] is None:
            on_gpu = any(W.device.type == "cuda" for W in group["params"])
            group["dtype"] = torch.bfloat16 if on_gpu else torch.float32

    @torch.no_grad()
    def step(self) -> None:
        r"""Take one step on every parameter that has a gradient, in place.

            m <- mu m + (1 - mu) g                                     momentum buffer, starts at zero
            u  = mu m + (1 - mu) g                                     Nesterov momentum
            W <- W - lr sqrt(max(1, rows / cols)) newton_schulz(u)

        g: the gradient, W.grad, which is not changed. self.state[W], a dict that starts empty, keeps m as
        "momentum_buffer". lr and mu are "lr" and "momentum" of the parameter's group: each of self.param_groups is a
        dict of its settings and "params". The orthogonalisation runs in the group's "dtype". Equal to
        `torch.optim.Muon` (torch 2.9 and newer) without weight decay.
        """
        # Go through the groups, each with settings of its own; skip parameters that have no gradient.
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                # Start the state of a parameter in its first step.
                state = self.state[W]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(W)
                # Update the moving average of the gradients, look one step ahead, orthogonalise.
                buffer = state["momentum_buffer"].lerp_(W.grad, 1 - group["momentum"])
                update = newton_schulz(W.grad.lerp(buffer, group["momentum"]).to(group["dtype"]))
                # Scale the step of a tall matrix, which has fewer directions than rows, so that its outputs change as
                # much as those of others.
                scale = max(1, W.size(0) / W.size(1)) ** 0.5
                W.add_(update.to(W.dtype), alpha=-group["lr"] * scale)


# Parameters with two axes that map no vectors to vectors: filters, one for each channel, and what is added by position.
NO_MATRICES = (".conv_weight", ".position")


def matrices_of(blocks: nn.Module) -> list[nn.Parameter]:
    """The matrices among the parameters of blocks: those that Muon takes. The rows of a filter never act together, so
    there is nothing in it to orthogonalise; published recipes give them to AdamW.
    """
    named = blocks.named_parameters()
    return [weight for name, weight in named if weight.ndim == 2 and not name.endswith(NO_MATRICES)]


def setup_muon(
    model: GPT,
    learning_rate: float = 1e-3,
    matrix_lr: float = 0.02,
    weight_decay: float = 0.1,
    beta1: float = 0.9,
    beta2: float = 0.95,
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW with one learning rate for everything else: [AdamW, Muon]."""
    matrices = matrices_of(model.blocks)
    taken = {id(weight) for weight in matrices}
    groups = decay_groups(model, weight_decay)
    for group in groups:
        group["params"] = [weight for weight in group["params"] if id(weight) not in taken]
    adamw = torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=learning_rate,
        betas=(beta1, beta2),
        fused=model.get_device().type in ("cpu", "cuda"),
    )
    return [adamw, Muon(matrices, lr=matrix_lr)]
