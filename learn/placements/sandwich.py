"""Sandwich norm: a norm before and a norm behind every sublayer."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..debug import debug
from ..normalizations import build_norm
from ..positions import Context


class SandwichNormBlock(Block):
    r"""Norm what every sublayer reads and what it outputs.

        x = x + N(attn(N(x)))
        x = x + N(mlp(N(x)))

    Attributes: those of `Block`, whose norms are the inner ones, and attn_out_norm and mlp_out_norm.

    Gemma 2 (arXiv:2408.00118), section 2; "peri-LN" (arXiv:2502.02732).
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_out_norm = build_norm(config)
        self.mlp_out_norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + N(attn(N(x))), then x + N(mlp(N(x))). context: passed on to attention."""
        debug("SandwichNormBlock.forward", x=x, context=context)
        # Attention sublayer: the inner norm fixes the size of what it reads, the outer one of what it adds.
        # MLP sublayer: the same, with its own two norms.
        raise NotImplementedError("TODO: x + N(attn(N(x))), then x + N(mlp(N(x)))")


BLOCKS["sandwich"] = SandwichNormBlock
