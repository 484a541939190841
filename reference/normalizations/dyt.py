"""Dynamic tanh: an elementwise function in the place of a norm."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..norms import NORMS


class DyT(nn.Module):
    r"""Dynamic tanh. Attributes: alpha (1), 0.5 at first; weight (C), ones at first; bias (C), zeros at first.

    Zhu et al. 2025, Transformers without Normalization (arXiv:2503.10622). The 0.5 is their default outside of language
    models, for which they tune it (section 7).
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1,), 0.5))
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""tanh(alpha * x) * weight + bias, elementwise. Keeps the dtype of x."""
        # Squash every element by itself, without statistics over the vector; then scale and shift each channel.
        return torch.tanh(self.alpha * x) * self.weight + self.bias


NORMS["dyt"] = DyT
