"""Normalisation: keep the size of the activations in hand, so that a deep stack stays trainable."""

import torch
from jaxtyping import Float
from torch import Tensor

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
