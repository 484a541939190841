"""Parallel blocks: both sublayers read the stream as it comes in, through one norm or through two."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block, build_attention
from ..debug import debug
from ..feed_forward import build_feed_forward
from ..normalizations import build_norm
from ..positions import Context


class ParallelBlock(nn.Module):
    r"""Both sublayers in parallel, on the same normed stream. Attributes: attn, mlp, norm.

        x = x + attn(N(x)) + mlp(N(x))

    GPT-J (Wang and Komatsuzaki 2021); PaLM (arXiv:2204.02311), section 2; Cohere's Command R.
    """

    needs_final_norm = True

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__()
        self.attn = build_attention(config, layer)
        self.mlp = build_feed_forward(config)
        self.norm = build_norm(config)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(N(x)) + mlp(N(x)), one N for both. context: passed on to attention."""
        debug("ParallelBlock.forward", x=x, context=context)
        # Norm the stream once for both sublayers.
        # Add both outputs: the MLP does not see what attention of this layer adds.
        raise NotImplementedError("TODO: x + attn(N(x)) + mlp(N(x)), with one norm for both")


class ParallelTwoNormsBlock(Block):
    r"""Both sublayers in parallel, each with a norm of its own. Attributes: those of `Block`.

        x = x + attn(N1(x)) + mlp(N2(x))

    GPT-NeoX (arXiv:2204.06745), section 2.1; Pythia.
    """

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn(N1(x)) + mlp(N2(x)). context: passed on to attention."""
        debug("ParallelTwoNormsBlock.forward", x=x, context=context)
        # Norm the stream for each sublayer, and add both outputs: the MLP does not see what attention adds.
        raise NotImplementedError("TODO: x + attn(N1(x)) + mlp(N2(x)), each with its own norm")


BLOCKS["parallel"] = ParallelBlock
BLOCKS["parallel_two_norms"] = ParallelTwoNormsBlock
