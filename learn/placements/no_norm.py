"""No norm anywhere: the control of every experiment with norms."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, build_attention
from ..debug import debug
from ..feed_forward import build_feed_forward
from ..positions import Context


class NoNormBlock(nn.Module):
    r"""Block without norms. Attributes: attn, mlp.

    x = x + attn(x)
    x = x + mlp(x)
    """

    needs_final_norm = False

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__()
        self.attn = build_attention(config, layer)
        self.mlp = build_feed_forward(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(x), then x + mlp(x). context: passed on to attention."""
        debug("NoNormBlock.forward", x=x, context=context)
        # Attention sublayer: read the stream as it is. Its size depends on the weights alone.
        # MLP sublayer: the same, on the stream that attention has added to.
        raise NotImplementedError("TODO: x + attn(x), then x + mlp(x)")


BLOCKS["none"] = NoNormBlock
