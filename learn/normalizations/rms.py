"""RMS norm with a weight: w as the factor (Llama), or 1 + w (Gemma)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ..debug import debug
from ..norms import NORMS, rms_norm


class RMSNorm(nn.Module):
    r"""RMS norm with a weight. Attributes: eps; weight (C), ones at first.

    Zhang and Sennrich 2019 (arXiv:1910.07467), equation 4; Llama, Qwen, OLMo 2.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x) * weight, elementwise. Keeps the dtype of x.

        The norm is narrowed to the dtype of x before it is multiplied by the weight, as in Llama.
        """
        debug("RMSNorm.forward", x=x)
        # Normalise, then scale each channel.
        raise NotImplementedError("TODO: rms_norm(x) * weight")


class RMSNormPlusOne(nn.Module):
    r"""RMS norm with 1 + weight as the factor. Attributes: eps; weight (C), zeros at first.

    Gemma 2 and 3 (arXiv:2408.00118): weight decay pulls the factor towards one instead of zero.
    """

    def __init__(self, dim: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""rms_norm(x) * (1 + weight), elementwise. Keeps the dtype of x.

        Norm, sum and product are computed in float32 at least; only the result is narrowed to the dtype of x.
        """
        debug("RMSNormPlusOne.forward", x=x)
        # Widen before the sum: in bfloat16, 1 + weight is 1 for every weight below 0.4 per cent.
        raise NotImplementedError("TODO: rms_norm(x) * (1 + weight), all of it in float32 at least")


NORMS["rmsnorm"] = RMSNorm
NORMS["rmsnorm_plus_one"] = RMSNormPlusOne
