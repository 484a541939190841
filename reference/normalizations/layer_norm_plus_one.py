"""Layer norm with 1 + w as the factor."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..norms import NORMS


class LayerNormPlusOne(nn.Module):
    r"""Layer norm with 1 + weight as the factor, and a bias. Attributes: eps; weight (C) and
    bias (C), both zeros at first.

    Nemotron-4 (arXiv:2402.16819), "LayerNorm1P": weight decay pulls the factor towards one instead of zero.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x) * (1 + weight) + bias, elementwise, in float32 at least. Keeps the dtype of x."""
        # Widen before the sum: in bfloat16, 1 + weight is 1 for every weight below 0.4 per cent.
        dtype = torch.promote_types(x.dtype, torch.float32)
        weight, bias = 1 + self.weight.to(dtype), self.bias.to(dtype)
        # Normalise, then scale and shift each channel.
        return F.layer_norm(x.to(dtype), weight.shape, weight, bias, self.eps).to(x.dtype)


NORMS["layernorm_plus_one"] = LayerNormPlusOne
