"""LayerScale: a learned factor for every channel of what is added, small at first."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..debug import debug
from ..positions import Context


class LayerScaleBlock(Block):
    r"""Pre-norm block with one learned factor for each channel of what a sublayer adds.

        x = x + gamma1 * attn(N(x))
        x = x + gamma2 * mlp(N(x))

    Attributes: those of `Block`, and attn_gamma, mlp_gamma: (C), at first 0.1 in models of up to 18 layers, 1e-5 up to
    24, 1e-6 in deeper ones.

    Touvron et al. 2021, CaiT (arXiv:2103.17239), section 2.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        start = 0.1 if config.n_layer <= 18 else 1e-5 if config.n_layer <= 24 else 1e-6
        self.attn_gamma = nn.Parameter(torch.full((config.n_embd,), start))
        self.mlp_gamma = nn.Parameter(torch.full((config.n_embd,), start))

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn_gamma * attn(N(x)), then x + mlp_gamma * mlp(N(x)). context: passed on to attention."""
        debug("LayerScaleBlock.forward", x=x, context=context)
        # Attention sublayer: scale each channel of what it adds by itself. Small at first, every block begins near the
        # identity.
        # MLP sublayer: the same, with factors of its own.
        raise NotImplementedError("TODO: x + attn_gamma * attn(N(x)), then x + mlp_gamma * mlp(N(x))")


BLOCKS["layerscale"] = LayerScaleBlock
