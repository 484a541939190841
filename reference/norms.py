"""The norm: keep the activations at one size, so that a deep stack stays trainable. Other norms: normalizations/."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup


def rms_norm(x: Float[Tensor, "*batch C"], eps: float) -> Float[Tensor, "*batch C"]:
    r"""RMS norm without a weight: divide every vector by its root mean square. Keeps the dtype of x.

        y = x / sqrt(mean(x^2) + eps)        computed in float32 at least; the mean over the last axis

    Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4, without the gain.
    """
    # Widen to float32: in bfloat16 a mean of squares keeps only two or three digits.
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    # Take the mean square of each vector. Subtract no mean: that is what sets RMS norm apart from layer norm.
    mean_square = wide.pow(2).mean(dim=-1, keepdim=True)
    # Divide by the root, eps inside it so that a vector of zeros stays zero, and narrow to the dtype of x.
    return (wide * torch.rsqrt(mean_square + eps)).to(x.dtype)


def soft_cap(x: Float[Tensor, "*shape"], cap: float) -> Float[Tensor, "*shape"]:
    r"""Squash every element smoothly into (-cap, cap); what is far below the cap hardly changes. Keeps the dtype of x.

        y = cap * tanh(x / cap)

    Bello et al. 2016 (arXiv:1611.09940), section 5; Gemma 2 (arXiv:2408.00118), section 2.
    """
    # Divide by the cap, squash, multiply back. A tanh is smooth where a clamp is flat: large logits keep a gradient.
    return cap * torch.tanh(x / cap)


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
