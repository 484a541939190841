"""Output norm: the norms act on what the sublayers output."""

from jaxtyping import Float
from torch import Tensor

from ..blocks import BLOCKS, Block
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
        # Attention sublayer: read the stream as it is, and norm what is added, so that the stream grows evenly.
        x = x + self.attn_norm(self.attn(x, context))
        # MLP sublayer: the same.
        return x + self.mlp_norm(self.mlp(x))


BLOCKS["output"] = OutputNormBlock
