"""DeepNorm: post-norm with a weighted residual."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..debug import debug
from ..positions import Context


class DeepNormBlock(Block):
    r"""Post-norm block whose residual is multiplied by alpha. Goes with init = "deepnorm".

        x = N(alpha * x + attn(x))
        x = N(alpha * x + mlp(x))        alpha = (2L)^(1/4)

    Attributes: those of `Block`, and alpha.

    Wang et al. 2022, DeepNet: Scaling Transformers to 1,000 Layers (arXiv:2203.00555), figure 2, "decoder-only".
    """

    needs_final_norm = False

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create what `Block` creates, and keep `alpha`: (2L)^(1/4)."""
        debug("DeepNormBlock.__init__", config=config, layer=layer)
        # Keep the weight of the residual, which grows with the depth.
        raise NotImplementedError("TODO: create what Block creates, and keep alpha")

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(alpha * x + attn(x)), then N(alpha * x + mlp(x)). context: passed on to attention."""
        debug("DeepNormBlock.forward", x=x, context=context)
        # Attention sublayer: add its output to the weighted stream, so that one layer changes it little, then norm.
        # MLP sublayer: the same.
        raise NotImplementedError("TODO: N(alpha * x + attn(x)), then N(alpha * x + mlp(x))")


BLOCKS["deepnorm"] = DeepNormBlock
