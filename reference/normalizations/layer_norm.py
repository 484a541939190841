"""Layer norm: subtract the mean, divide by the standard deviation; with a weight and a bias, a weight, or neither."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..norms import NORMS


def layer_norm(x: Float[Tensor, "*batch C"], eps: float) -> Float[Tensor, "*batch C"]:
    r"""Layer norm without a weight: subtract every vector's mean, divide by its standard deviation. Keeps the dtype.

        y = (x - mean(x)) / sqrt(var(x) + eps)        var = mean((x - mean(x))^2); computed in float32 at least

    Ba et al. 2016 (arXiv:1607.06450), section 3, without gain and bias.
    """
    # Widen to float32: in bfloat16 the mean of a vector far from zero would lose the digits that matter.
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    # Subtract the mean of each vector: this is what RMS norm leaves out.
    centred = wide - wide.mean(dim=-1, keepdim=True)
    # Divide by the standard deviation. The variance is the mean over all C, not over C - 1: no population is estimated.
    variance = centred.pow(2).mean(dim=-1, keepdim=True)
    return (centred * torch.rsqrt(variance + eps)).to(x.dtype)


class LayerNorm(nn.Module):
    r"""Layer norm with a weight and a bias. Attributes: eps; weight (C), ones at first; bias (C), zeros at first.

    Ba et al. 2016 (arXiv:1607.06450), equation 4; GPT-2, GPT-NeoX.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x) * weight + bias, elementwise. Keeps the dtype of x; mean and variance in float32 at least."""
        # Normalise, then scale and shift each channel. (One call to torch is faster than the steps, and keeps fewer
        # tensors for the backward pass.)
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class LayerNormNoBias(nn.Module):
    r"""Layer norm with a weight and no bias. Attributes: eps; weight (C), ones at first. Cohere's Command models."""

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x) * weight, elementwise. Keeps the dtype of x."""
        # Normalise, then scale each channel.
        return layer_norm(x, self.eps) * self.weight


class LayerNormNoParam(nn.Module):
    r"""Layer norm without learned parameters. Attribute: eps. OLMo 1 (arXiv:2402.00838), section 2.1."""

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x). Keeps the dtype of x."""
        # Normalise, and leave scaling to the linear layer that follows.
        return layer_norm(x, self.eps)


NORMS["layernorm"] = LayerNorm
NORMS["layernorm_nobias"] = LayerNormNoBias
NORMS["layernorm_noparam"] = LayerNormNoParam
