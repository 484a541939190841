"""Derf: the error function in the place of a norm."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..norms import NORMS


class Derf(nn.Module):
    r"""Dynamic erf. Attributes: alpha (1), 0.5 at first; shift (1), zero at first; weight (C), ones at first; bias (C),
    zeros at first.

    Chen et al. 2025, Stronger Normalization-Free Transformers (arXiv:2512.10938).
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1,), 0.5))
        self.shift = nn.Parameter(torch.zeros(1))
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""erf(alpha * x + shift) * weight + bias, elementwise. Keeps the dtype of x."""
        # Squash every element by itself, shifted as all others; then scale and shift each channel.
        return torch.erf(self.alpha * x + self.shift) * self.weight + self.bias


NORMS["derf"] = Derf
