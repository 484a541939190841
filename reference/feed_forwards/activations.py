"""Activations: the nonlinearity between the layers of a feed-forward, applied elementwise."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


def gelu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * Phi(x), where Phi(x) = (1 + erf(x / sqrt(2))) / 2 is the normal distribution's CDF. Same dtype.

    BERT, GPT. Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2.
    """
    # Multiply x by the probability that a standard normal variable is smaller. (torch's own is one fused kernel.)
    return F.gelu(x)


def gelu_tanh(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""GELU's tanh approximation: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). Same dtype.

    GPT-2, Gemma. Within 5e-4 of GELU. Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2.
    """
    # Approximate the CDF with tanh, which was once cheaper than erf.
    return F.gelu(x, approximate="tanh")


def silu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""x * sigmoid(x), also called swish. Same dtype; finite for every finite x, and so is its gradient.

    Llama. Hendrycks and Gimpel 2016 (arXiv:1606.08415), section 2; Ramachandran et al. 2017 (arXiv:1710.05941).
    """
    # Gate x with its own sigmoid.
    return F.silu(x)


def relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0). Same dtype. The first transformer. Nair and Hinton 2010."""
    # Set negative values to zero; no gradient flows back through them.
    return torch.relu(x)


def leaky_relu(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0) + 0.01 min(x, 0): a small slope below zero. Same dtype. Maas et al. 2013."""
    # Keep a small slope below zero, so that a unit that is negative for every token still gets a gradient.
    return F.leaky_relu(x)


def relu2(x: Float[Tensor, "*batch F"]) -> Float[Tensor, "*batch F"]:
    r"""max(x, 0)^2. Same dtype. nanochat. So et al. 2021, Primer (arXiv:2109.08668)."""
    return F.relu(x).square()


# By the name in config.activation: a function, or the class of a module that has weights.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor] | type[nn.Module]] = {
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": silu,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "relu2": relu2,
}
