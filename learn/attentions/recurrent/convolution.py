"""The short causal convolution: before they are remembered, tokens are mixed with their nearest predecessors."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ...debug import debug


def short_conv(
    x: Float[Tensor, "B T_in C"], weight: Float[Tensor, "C kernel"], bias: Float[Tensor, " C"] | None = None
) -> Float[Tensor, "B T C"]:
    r"""A causal convolution over time, each channel by itself, then SiLU.

        y[t, c] = silu(bias[c] + sum over j of weight[c, j] * x[t + j, c])        j = 0 ... kernel - 1

    x begins with its tail, the kernel - 1 inputs before the first token, zeros where the text begins: T_in =
    T + kernel - 1. So weight[:, -1] meets the token itself, and token t sees none after it.

    Fu et al. 2023, H3 (arXiv:2212.14052), section 3.1, the shift; Mamba (arXiv:2312.00752), section 3.4.
    """
    debug("short_conv", x=x, weight=weight, bias=bias)
    # Time last, as convolutions want it; one filter for every channel.
    # Back to (B, T, C), through SiLU.
    raise NotImplementedError("TODO: convolve each channel over time with its own filter, without padding, then SiLU")
