"""nGPT: the residual stream stays on the unit sphere, and every sublayer turns it a little towards its own output."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ..blocks import BLOCKS, Block
from ..positions import Context


class LearnedScale(nn.Module):
    r"""Learned factors, `scale()` = weight * first / size, so that they are `first` at first. Attribute: weight (n),
    `size` at first.

    An Adam step changes every weight by about the learning rate: with a small size it changes the factors by more.

    Loshchilov et al. 2024 (arXiv:2410.01131), section 2.5.
    """

    def __init__(self, n: int, first: float, size: float):
        super().__init__()
        self.weight = nn.Parameter(torch.full((n,), size))
        self.unit = first / size

    def forward(self) -> Float[Tensor, " n"]:
        """The factors."""
        return self.weight * self.unit


class NGPTBlock(Block):
    r"""Block on the unit sphere: from x a part |lambda| of the way to the normed output, and back to the sphere.

        x = N(x + |lambda1| (N(attn(x)) - x))
        x = N(x + |lambda2| (N(mlp(x)) - x))

    N is L2 norm where config.normalization says so. Attributes: those of `Block`; attn_rate and mlp_rate, two
    `LearnedScale`s of C factors, 0.05 at first and as large as C^(-1/2): lambda.

    Loshchilov et al. 2024, nGPT (arXiv:2410.01131), equations 10 and 11.
    """

    needs_final_norm = False  # what leaves the last block is on the sphere

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_rate = LearnedScale(config.n_embd, first=0.05, size=config.n_embd**-0.5)
        self.mlp_rate = LearnedScale(config.n_embd, first=0.05, size=config.n_embd**-0.5)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""The formula above, N: attn_norm in the first line and mlp_norm in the second; lambda: `self.attn_rate()` and
        `self.mlp_rate()`. context: passed on to attention."""
        # Attention sublayer: it reads the stream as it is; norm its output, go there by |lambda|, and norm the result.
        towards = self.attn_norm(self.attn(x, context))
        x = self.attn_norm(x + self.attn_rate().abs() * (towards - x))
        # MLP sublayer: the same, with a norm and a rate of its own.
        towards = self.mlp_norm(self.mlp(x))
        return self.mlp_norm(x + self.mlp_rate().abs() * (towards - x))


BLOCKS["ngpt"] = NGPTBlock
