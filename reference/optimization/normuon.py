"""NorMuon with all that nanochat has added to Muon by July 2026. Given, no piece."""

import torch
from jaxtyping import Float
from torch import Tensor

from .muon import Muon

# The polynomials of five steps, each the best for the singular values that the one before leaves.
POLAR_EXPRESS = (
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
    (2.3465413258596377, -1.7097828382687081, 0.42323551169305323),
)


def polar_express(G: Float[Tensor, "rows cols"]) -> Float[Tensor, "rows cols"]:
    r"""Orthogonalise G approximately, as `newton_schulz` does, with another polynomial in each step.

        X = G / (1.01 ||G|| + 1e-6), then for each (a, b, c): X <- a X + (b X X^T + c (X X^T)^2) X

    Amsel et al. 2025, The Polar Express (arXiv:2505.16932).
    """
    tall = G.size(0) > G.size(1)
    X = G.mT if tall else G
    X = X / (1.01 * X.norm() + 1e-6)
    for a, b, c in POLAR_EXPRESS:
        A = X @ X.mT
        X = a * X + (b * A + c * A @ A) @ X
    return X.mT if tall else X


class NorMuon(Muon):
    r"""Muon whose steps are evened out once more, row by row or column by column, with cautious weight decay.

    Each parameter group has "beta2" and "weight_decay", besides those of `Muon`. All norms in float32 at least.

    NorMuon: Li et al. 2025 (arXiv:2510.05491); nanochat (github.com/karpathy/nanochat, July 2026).
    """

    def __init__(
        self,
        params,
        lr: float = 0.02,
        momentum: float = 0.95,
        beta2: float = 0.9,
        weight_decay: float = 0.0,
        dtype: torch.dtype | None = None,
    ):
        settings = {"lr": lr, "momentum": momentum, "beta2": beta2, "weight_decay": weight_decay, "dtype": dtype}
        torch.optim.Optimizer.__init__(self, params, settings)

    @torch.no_grad()
    def step(self) -> None:
        r"""Take one step on every parameter that has a gradient, in place.

            m <- mu m + (1 - mu) g,   u = mu m + (1 - mu) g                      as in `Muon`
            u <- u, every row as long as their root mean square                  row equilibration
            u <- polar_express(u), then as long as sqrt(min(rows, cols))
            v <- beta2 v + (1 - beta2) (mean square of u's rows, if there are at least as many as columns, else columns)
            u <- u / sqrt(v), as long as before
            W <- W - lr sqrt(max(1, rows / cols)) (u + weight_decay W, where u and W have no different signs)

        Lengths are Frobenius norms, m and v start at zero; self.state[W] keeps them as "momentum_buffer" and
        "second_momentum_buffer".
        """
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                rows, cols = W.shape
                across = 1 if rows >= cols else 0
                state = self.state[W]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(W)
                    state["second_momentum_buffer"] = torch.zeros_like(W.mean(dim=across, keepdim=True))
                buffer = state["momentum_buffer"].lerp_(W.grad, 1 - group["momentum"])
                update = W.grad.lerp(buffer, group["momentum"]).to(group["dtype"])
                # Equilibrate the rows, and orthogonalise.
                length = wide(update).norm() / rows**0.5
                update = update * (length / wide(update).norm(dim=1, keepdim=True).clamp(min=1e-6)).to(update.dtype)
                update = wide(polar_express(update).to(W.dtype))
                update = update * (min(rows, cols) ** 0.5 / update.norm().clamp(min=1e-6))
                # Even out the steps of the longer side's rows or columns, and keep the size of all.
                variance = state["second_momentum_buffer"]
                variance.lerp_(update.square().mean(dim=across, keepdim=True).to(variance.dtype), 1 - group["beta2"])
                evened = update * wide(variance).clamp(min=1e-10).rsqrt()
                update = (evened * (update.norm() / evened.norm().clamp(min=1e-10))).to(W.dtype)
                # Decay only where the step goes towards zero anyway.
                decay = group["weight_decay"] * W * (update * W >= 0)
                W.sub_(group["lr"] * max(1, rows / cols) ** 0.5 * (update + decay))


def wide(x: Tensor) -> Tensor:
    """In float32 at least."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
