"""Normalisation: keep the size of the activations in hand, so that a deep stack stays trainable."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, choose

from .debug import debug


def rms_norm(x: Float[Tensor, "*batch C"], eps: float) -> Float[Tensor, "*batch C"]:
    r"""Divide every vector by its root mean square (RMS), with no learned weight.

        y = x / sqrt(mean(x^2) + eps)        the mean over the last axis

    x: (..., C), any floating dtype. Returns the same shape and dtype. The mean is taken in float32 at least, whatever
    the dtype of x: in bfloat16 a sum of squares keeps only two or three digits.

    Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4, without the gain; nanochat uses it everywhere.
    """
    debug("rms_norm", x=x, eps=eps)
    # Work in float32 or better. A bfloat16 input is widened here and narrowed again on the way out.
    # The mean square of each vector. Nothing is subtracted first: that is what sets RMS norm apart from layer norm.
    # Scale each vector to a root mean square of one. eps stands inside the root, so that a vector of zeros stays zero.
    raise NotImplementedError("TODO: divide every vector by its root mean square")


def layer_norm(x: Float[Tensor, "*batch C"], eps: float) -> Float[Tensor, "*batch C"]:
    r"""Subtract every vector's mean and divide by its standard deviation, with no learned weight.

        y = (x - mean(x)) / sqrt(var(x) + eps)        mean and var over the last axis; var = mean((x - mean(x))^2)

    x: (..., C), any floating dtype. Returns the same shape and dtype; mean and variance are taken in float32 at least.

    Ba et al. 2016 (arXiv:1607.06450), section 3, without gain and bias.
    """
    debug("layer_norm", x=x, eps=eps)
    # Work in float32 or better, as RMS norm does.
    # Move every vector to a mean of zero: this is what RMS norm leaves out.
    # Then to a variance of one. The variance divides by C, not by C - 1: it describes, and estimates nothing.
    raise NotImplementedError("TODO: subtract every vector's mean, divide by its standard deviation")


def soft_cap(x: Float[Tensor, "*shape"], cap: float) -> Float[Tensor, "*shape"]:
    r"""Squeeze numbers into (-cap, cap): near zero nothing happens, and none passes the cap however large it gets.

        y = cap * tanh(x / cap)

    x: any shape and floating dtype. cap: greater than 0. Returns the same shape and dtype.

    Bello et al. 2016 (arXiv:1611.09940), section 5; Gemma 2 (arXiv:2408.00118), section 2.
    """
    debug("soft_cap", x=x, cap=cap)
    # Unlike a hard limit it is smooth: also a number far out still has a gradient, which may bring it back.
    raise NotImplementedError("TODO: cap * tanh(x / cap)")


class LayerNorm(nn.Module):
    r"""layer_norm(x) * weight + bias. Attributes: eps; weight (C), ones at first; bias (C), zeros at first.

    GPT-2, GPT-NeoX. Ba et al. 2016 (arXiv:1607.06450), equation 4.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x) * weight + bias, element by element. x: (..., C); returns the same shape and dtype."""
        debug("LayerNorm.forward", x=x)
        # Normalise, then let the model choose the size and the centre of every channel for itself. (One call to torch
        # is faster than the steps, and keeps less of them for the way back.)
        raise NotImplementedError("TODO: layer_norm(x) * weight + bias")


class LayerNormNoBias(nn.Module):
    r"""layer_norm(x) * weight. Attributes: eps; weight (C), ones at first.

    Cohere's Command models.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x) * weight, element by element. x: (..., C); returns the same shape and dtype."""
        debug("LayerNormNoBias.forward", x=x)
        # A size for every channel, and no centre: the layer that follows can add one where it has a bias.
        raise NotImplementedError("TODO: layer_norm(x) * weight")


class LayerNormNoParam(nn.Module):
    r"""layer_norm(x), and nothing to learn. Attribute: eps.

    OLMo 1 (arXiv:2402.00838), section 2.1.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""layer_norm(x). x: (..., C); returns the same shape and dtype."""
        debug("LayerNormNoParam.forward", x=x)
        # What follows is linear and can scale every channel itself.
        raise NotImplementedError("TODO: layer_norm(x), and nothing else")


class RMSNorm(nn.Module):
    r"""rms_norm(x) * weight. Attributes: eps; weight (C), ones at first.

    Llama, Qwen, OLMo 2. Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x) * weight, element by element. x: (..., C); returns the same shape and dtype.

        The norm is narrowed to the dtype of x before the weight is multiplied on, as Llama does.
        """
        debug("RMSNorm.forward", x=x)
        # Normalise, then let the model choose the size of every channel for itself.
        raise NotImplementedError("TODO: rms_norm(x) * weight")


class RMSNormNoParam(nn.Module):
    r"""rms_norm(x), and nothing to learn. Attribute: eps. nanochat."""

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x). x: (..., C); returns the same shape and dtype."""
        return rms_norm(x, self.eps)


class RMSNormPlusOne(nn.Module):
    r"""rms_norm(x) * (1 + weight). Attributes: eps; weight (C), zeros at first.

    Gemma 2 and 3 (arXiv:2408.00118): weight decay then pulls the factor towards one, and not towards zero.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x) * (1 + weight), element by element. x: (..., C); returns the same shape and dtype.

        Norm, sum and product are taken in float32 at least, and only the result is narrowed to the dtype of x.
        """
        debug("RMSNormPlusOne.forward", x=x)
        # In bfloat16, 1 + weight would lose every weight smaller than a half per cent: widen before the sum.
        raise NotImplementedError("TODO: rms_norm(x) * (1 + weight), all of it in float32 at least")


class DyT(nn.Module):
    r"""Dynamic tanh: tanh(alpha * x) * weight + bias. Not a norm, but it stands in the place of one.

    Attributes: alpha (1), 0.5 at first; weight (C), ones at first; bias (C), zeros at first.

    Zhu et al. 2025, Transformers without Normalization (arXiv:2503.10622), equation 3.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((1,), 0.5))
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""tanh(alpha * x) * weight + bias, element by element. x: (..., C); returns the same shape and dtype."""
        debug("DyT.forward", x=x)
        # Squash what is large, leave what is small: every number by itself, no mean over the vector is taken.
        raise NotImplementedError("TODO: tanh(alpha * x) * weight + bias")


NORMS = {
    "layernorm": LayerNorm,
    "layernorm_nobias": LayerNormNoBias,
    "layernorm_noparam": LayerNormNoParam,
    "rmsnorm": RMSNorm,
    "rmsnorm_noparam": RMSNormNoParam,
    "rmsnorm_plus_one": RMSNormPlusOne,
    "dyt": DyT,
}


def build_norm(config: GPTConfig) -> nn.Module:
    """A norm over the residual stream, of the kind that config.normalization names. Raises `ValueError`."""
    return choose(NORMS, "normalization", config.normalization)(config.n_embd, config.norm_eps)
