"""KEEL: post-norm with an inner norm, and a residual that weighs as much as there are sublayers."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..debug import debug
from ..normalizations import build_norm
from ..positions import Context


class KeelBlock(Block):
    r"""Post-norm block with a weighted residual and a second norm for what a sublayer reads.

        x = N(alpha * x + attn(N'(x)))
        x = N(alpha * x + mlp(N'(x)))        alpha = 2L

    Attributes: those of `Block`, whose norms are the outer ones, attn_in_norm and mlp_in_norm, and alpha.

    Chen and Wei 2026, Post-LayerNorm Is Back (arXiv:2601.19895); the formula at second hand.
    """

    needs_final_norm = False

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_in_norm = build_norm(config)
        self.mlp_in_norm = build_norm(config)
        self.alpha = 2 * config.n_layer

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(alpha * x + attn(N'(x))), then N(alpha * x + mlp(N'(x))), N' the inner norms. context: passed on to
        attention."""
        debug("KeelBlock.forward", x=x, context=context)
        # Attention sublayer: norm what it reads, add its output to the weighted stream, and norm the sum.
        # MLP sublayer: the same. So little changes in each that the gradient passes all norms hardly smaller.
        raise NotImplementedError("TODO: N(alpha * x + attn(N'(x))), then N(alpha * x + mlp(N'(x)))")


BLOCKS["keel"] = KeelBlock
