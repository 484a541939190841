"""DeepNorm: post-norm with a weighted residual."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
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
        super().__init__(config, layer)
        # Keep the weight of the residual, which grows with the depth.
        self.alpha = (2 * config.n_layer) ** 0.25

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(alpha * x + attn(x)), then N(alpha * x + mlp(x)). context: passed on to attention."""
        # Attention sublayer: add its output to the weighted stream, so that one layer changes it little, then norm.
        x = self.attn_norm(self.alpha * x + self.attn(x, context))
        # MLP sublayer: the same.
        return self.mlp_norm(self.alpha * x + self.mlp(x))


BLOCKS["deepnorm"] = DeepNormBlock
