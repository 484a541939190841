"""Blocks: one layer of the transformer. Where the norms stand is what tells the kinds of block apart."""

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from .attention import CausalSelfAttention
from .debug import debug
from .feed_forward import MLP
from .norms import build_norm
from .positions import Context


class Block(nn.Module):
    r"""Pre-norm: normalise what each sublayer reads, never the residual stream itself.

        x = x + attn(N(x))
        x = x + mlp(N(x))

    Radford et al. 2019 (GPT-2), section 2.3; why it trains without warm-up: Xiong et al. 2020 (arXiv:2002.04745).
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two sublayers and a norm for each.

        attn_norm: `build_norm(config)`        attn: `CausalSelfAttention(config)`
        mlp_norm:  `build_norm(config)`        mlp:  `MLP(config)`
        """
        debug("Block.__init__", config=config)
        # Attention mixes tokens, and has a norm of its own for what it reads.
        # The MLP works on each token alone, and has another.
        raise NotImplementedError("TODO: create the two sublayers, attn and mlp, and a norm for each")

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(N(x)), then the same with the MLP.

        x: (B, T, C), the residual stream; context: handed on to attention. Returns (B, T, C).
        """
        debug("Block.forward", x=x, context=context)
        # Attend: take from earlier tokens. The norm fixes the size of what the sublayer reads; the residual stream
        # itself runs through untouched, and with it the gradient.
        # Think: the same, each token by itself.
        raise NotImplementedError("TODO: x + attn(N(x)), then the same with the MLP")
