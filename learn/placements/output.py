"""Output norm: the norms act on what the sublayers output."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ..blocks import BLOCKS, Block
from ..debug import debug
from ..positions import Context


class OutputNormBlock(Block):
    r"""Norm what every sublayer outputs, not what it reads. Attributes: those of `Block`.

        x = x + N(attn(x))
        x = x + N(mlp(x))

    OLMo 2 (arXiv:2501.00656), section 3.3.2, where it helps together with QK norm and not by itself; Swin Transformer
    V2 (arXiv:2111.09883), section 3.2.
    """

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + N(attn(x)), then x + N(mlp(x)). context: passed on to attention."""
        debug("OutputNormBlock.forward", x=x, context=context)
        # Attention sublayer: read the stream as it is, and norm what is added, so that the stream grows evenly.
        # MLP sublayer: the same.
        raise NotImplementedError("TODO: x + N(attn(x)), then x + N(mlp(x))")


BLOCKS["output"] = OutputNormBlock
