"""The gated RMS norm: what a recurrent layer puts between reading its state and projecting back."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ...norms import rms_norm


class GatedRMSNorm(nn.Module):
    r"""RMS norm with a weight, times a gate. Attributes: eps; weight (D), ones at first.

    What is read of a state has any size, since nothing makes the weights of the tokens sum to one: the norm sets it.
    Mamba-2 (arXiv:2405.21060), section 7.1; Qwen3-Next; Gated DeltaNet (arXiv:2412.06464), section 3.4.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch D"], gate: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch D"]:
        r"""rms_norm(x) * weight * silu(gate), elementwise. Keeps the dtype of x; the gate is computed in float32 at
        least."""
        # Norm before the gate: after it, the norm would undo what the gate says about all channels together.
        normed = rms_norm(x, self.eps) * self.weight
        # Widen the gate to float32, multiply, and narrow to the dtype of x.
        return (normed * F.silu(gate.to(torch.promote_types(gate.dtype, torch.float32)))).to(x.dtype)
