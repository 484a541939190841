"""Sandwich norm: a norm before and a norm behind every sublayer."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
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
        # Attention sublayer: the inner norm fixes the size of what it reads, the outer one of what it adds.
        x = x + self.attn_out_norm(self.attn(self.attn_norm(x), context))
        # MLP sublayer: the same, with its own two norms.
        return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))


BLOCKS["sandwich"] = SandwichNormBlock
