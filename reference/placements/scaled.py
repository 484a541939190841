"""The d family's blocks: what attention adds to the residual stream is scaled down with the depth."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import SCALED_BLOCKS, Block
from ..normalizations import build_norm
from ..positions import Context


class ScaledBlock(Block):
    r"""Pre-norm block with a residual scale on the attention branch alone.

        x = x + s * attn(N(x))
        x = x + mlp(N(x))        s = (2L)^(-1/2)

    Attributes: those of `Block`, and attn_scale (s).
    """

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create what `Block` creates, and keep `attn_scale`: (2L)^(-1/2)."""
        super().__init__(config, layer)
        # Keep the residual scale: one over the root of the number of sublayers.
        self.attn_scale = (2 * config.n_layer) ** -0.5

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * attn(N(x)), then x + mlp(N(x)). context: passed on to attention."""
        # Attention sublayer: scale its output before it is added to the stream.
        x = x + self.attn_scale * self.attn(self.attn_norm(x), context)
        # MLP sublayer: add its output unscaled.
        return x + self.mlp(self.mlp_norm(x))


class ScaledSandwichNormBlock(ScaledBlock):
    r"""Sandwich norm with a residual scale on the attention branch alone.

        x = x + s * N(attn(N(x)))
        x = x + N(mlp(N(x)))        s = (2L)^(-1/2)

    Attributes: those of `ScaledBlock`, whose norms are the inner ones, and attn_out_norm and mlp_out_norm.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_out_norm = build_norm(config)
        self.mlp_out_norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + s * N(attn(N(x))), then x + N(mlp(N(x))). context: passed on to attention."""
        # Attention sublayer: scale what leaves the outer norm. In front of the norm, the scale would be divided away.
        x = x + self.attn_scale * self.attn_out_norm(self.attn(self.attn_norm(x), context))
        # MLP sublayer: add its normed output unscaled.
        return x + self.mlp_out_norm(self.mlp(self.mlp_norm(x)))


SCALED_BLOCKS["pre"] = ScaledBlock
SCALED_BLOCKS["sandwich"] = ScaledSandwichNormBlock
