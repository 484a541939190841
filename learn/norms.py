"""The norm: keep the activations at one size, so that a deep stack stays trainable. Other norms: normalizations/."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from .debug import debug


def rms_norm(x: Float[Tensor, "*batch C"], eps: float) -> Float[Tensor, "*batch C"]:
    r"""RMS norm without a weight: divide every vector by its root mean square. Keeps the dtype of x.

        y = x / sqrt(mean(x^2) + eps)        computed in float32 at least; the mean over the last axis

    Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4, without the gain.
    """
    debug("rms_norm", x=x, eps=eps)
    # Widen to float32: in bfloat16 a mean of squares keeps only two or three digits.
    # Take the mean square of each vector. Subtract no mean: that is what sets RMS norm apart from layer norm.
    # Divide by the root, eps inside it so that a vector of zeros stays zero, and narrow to the dtype of x.
    raise NotImplementedError("TODO: divide every vector by its root mean square")


def soft_cap(x: Float[Tensor, "*shape"], cap: float) -> Float[Tensor, "*shape"]:
    r"""Squash every element smoothly into (-cap, cap); what is far below the cap hardly changes. Keeps the dtype of x.

        y = cap * tanh(x / cap)

    Bello et al. 2016 (arXiv:1611.09940), section 5; Gemma 2 (arXiv:2408.00118), section 2.
    """
    debug("soft_cap", x=x, cap=cap)
    # Divide by the cap, squash, multiply back. A tanh is smooth where a clamp is flat: large logits keep a gradient.
    raise NotImplementedError("TODO: cap * tanh(x / cap)")


class RMSNormNoParam(nn.Module):
    r"""rms_norm(x), without a weight. Attribute: eps. nanochat."""

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x)."""
        return rms_norm(x, self.eps)


# Those in normalizations/ enter themselves.
NORMS: dict[str, type[nn.Module]] = {"rmsnorm_noparam": RMSNormNoParam}


def build_norm(config: GPTConfig) -> nn.Module:
    """A norm over the residual stream, of the kind that config.normalization names. Raises `ValueError`."""
    return lookup(NORMS, "normalization", config.normalization)(config.n_embd, config.norm_eps)
