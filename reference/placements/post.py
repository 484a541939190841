"""Post-norm: the norms act on the residual stream itself."""

from jaxtyping import Float
from torch import Tensor

from ..blocks import BLOCKS, Block
from ..positions import Context


class PostNormBlock(Block):
    r"""Post-norm block: norm the residual stream after every addition. Attributes: those of `Block`.

        x = N(x + attn(x))
        x = N(x + mlp(x))

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.1, and the first GPT; on why it needs a warm-up: Xiong et al.
    2020 (arXiv:2002.04745), section 3, and, against them, Liu et al. 2020 (arXiv:2004.08249).
    """

    needs_final_norm = False

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""N(x + attn(x)), then N(x + mlp(x)). context: passed on to attention."""
        # Attention sublayer: add its output to the stream, then norm the sum.
        x = self.attn_norm(x + self.attn(x, context))
        # MLP sublayer: the same. In the backward pass, the gradient goes through every norm of every layer.
        return self.mlp_norm(x + self.mlp(x))


BLOCKS["post"] = PostNormBlock
