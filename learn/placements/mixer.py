"""A block with one sublayer: a mixer of tokens, and no feed-forward behind it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import MIXER_BLOCKS, build_attention
from ..debug import debug
from ..normalizations import build_norm
from ..positions import Context


class MixerBlock(nn.Module):
    r"""Pre-norm block without a feed-forward, of config.ffn_type "none". Attributes: attn_norm, attn.

        x = x + attn(N(x))

    Gu and Dao 2023, Mamba (arXiv:2312.00752), section 3.4, whose mixer has the gate of a feed-forward inside.
    """

    needs_final_norm = True

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__()
        self.attn_norm = build_norm(config)
        self.attn = build_attention(config, layer)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(attn_norm(x)). context: passed on to attention."""
        debug("MixerBlock.forward", x=x, context=context)
        # Norm what the mixer reads, and add what it gives: no feed-forward follows.
        raise NotImplementedError("TODO: norm the stream, let the mixer read it, add what it gives")


MIXER_BLOCKS["pre"] = MixerBlock
