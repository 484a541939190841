"""Post-norm: the norms act on the residual stream itself."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ..blocks import BLOCKS, Block
from ..debug import debug
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
        debug("PostNormBlock.forward", x=x, context=context)
        # Attention sublayer: add its output to the stream, then norm the sum.
        # MLP sublayer: the same. In the backward pass, the gradient goes through every norm of every layer.
        raise NotImplementedError("TODO: N(x + attn(x)), then N(x + mlp(x))")


BLOCKS["post"] = PostNormBlock
