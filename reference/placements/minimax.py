"""MiniMax's sum: the residual starts behind the norm, and weighs more than what is added."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..positions import Context


class MiniMaxBlock(Block):
    r"""Block whose residual is the normed stream, multiplied by alpha.

        h = N(x);  x = alpha * h + attn(h)
        h = N(x);  x = alpha * h + mlp(h)        alpha = (2L)^(1/4)

    The first norm of each block acts as the last one of post-norm would: this is DeepNorm with its norms moved by one
    place, and the model has one more at its end. Attributes: those of `Block`, and alpha.

    MiniMax-01 (arXiv:2501.08313): 3.557 for its 80 layers; `MiniMaxDecoderLayer` of transformers, with beta = 1.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.alpha = (2 * config.n_layer) ** 0.25

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""alpha * h + attn(h), h = attn_norm(x); then the same with mlp_norm and mlp. context: passed on to
        attention."""
        # Attention sublayer: norm the stream itself, and add to what is normed, weighted.
        h = self.attn_norm(x)
        x = self.alpha * h + self.attn(h, context)
        # MLP sublayer: the same.
        h = self.mlp_norm(x)
        return self.alpha * h + self.mlp(h)


BLOCKS["minimax"] = MiniMaxBlock
