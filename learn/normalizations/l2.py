"""L2 norm: every vector gets the length one."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..debug import debug
from ..norms import NORMS


class L2Norm(nn.Module):
    r"""Divide every vector by its length. Attribute: eps.

    Queries and keys of delta rules and of nGPT (Loshchilov et al. 2024, arXiv:2410.01131).
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""x / sqrt(sum(x^2) + eps), the sum over the last axis. Keeps the dtype of x; computed in float32 at least."""
        debug("L2Norm.forward", x=x)
        # Widen to float32: in float16 a sum of squares overflows where the vector itself is far from it.
        # Divide by the length. It is the root of a sum: that of RMS norm, a mean, would leave the length sqrt(C).
        raise NotImplementedError("TODO: x / sqrt(sum(x^2) + eps), in float32 at least")


NORMS["l2norm"] = L2Norm
