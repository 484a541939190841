"""LayerNorm scaling: the deeper the layer, the smaller what its sublayers read."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..positions import Context


class LayerNormScalingBlock(Block):
    r"""Pre-norm block whose norms are divided by the root of the layer's number.

        x = x + attn(s * N(x))
        x = x + mlp(s * N(x))        s = 1/sqrt(l), l from 1

    Attributes: those of `Block`, and depth_scale (s).

    Sun et al. 2025, The Curse of Depth (arXiv:2502.05795).
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.depth_scale = (layer + 1) ** -0.5

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(s * N(x)), then x + mlp(s * N(x)), s = depth_scale. context: passed on to attention."""
        # Attention sublayer: scale what the norm outputs, so that late layers add less to a stream that has grown.
        x = x + self.attn(self.depth_scale * self.attn_norm(x), context)
        # MLP sublayer: the same.
        return x + self.mlp(self.depth_scale * self.mlp_norm(x))


BLOCKS["layernorm_scaling"] = LayerNormScalingBlock
