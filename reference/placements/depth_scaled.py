"""The depth-scaled sum: a weighted mean in which every sublayer counts alike, so that the stream keeps its size."""

from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from ..blocks import BLOCKS
from ..positions import Context
from .sandwich import SandwichNormBlock


def depth_scaled_sum(x: Float[Tensor, "B T C"], added: Float[Tensor, "B T C"], i: int) -> Float[Tensor, "B T C"]:
    r"""x sqrt((i - 1) / i) + added / sqrt(i): the sum of i independent vectors of size one, of which x has i - 1.

    The squares of the weights sum to one: where both have one size and are independent, so has the result. As in
    `BeamDecoderLayer` of transformers.
    """
    # Weigh the stream by what is in it already, and what is added as one more.
    return x * ((i - 1) / i) ** 0.5 + added * i**-0.5


class DepthScaledBlock(SandwichNormBlock):
    r"""Sandwich norm whose sums are depth-scaled: the embedding counts as the first addend, and each sublayer as one.

        x = depth_scaled_sum(x, N(attn(N(x))), i)
        x = depth_scaled_sum(x, N(mlp(N(x))), i + 1)        i = 2l, l from 1

    Attributes: those of `SandwichNormBlock`, and index (i). Beam, in transformers.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.index = 2 * (layer + 1)

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""The two sums above. attn_norm and mlp_norm are the inner norms, attn_out_norm and mlp_out_norm the outer
        ones. context: passed on to attention."""
        # Attention sublayer: what leaves the outer norm joins the stream as its i-th addend.
        attended = self.attn_out_norm(self.attn(self.attn_norm(x), context))
        x = depth_scaled_sum(x, attended, self.index)
        # MLP sublayer: as the next one.
        return depth_scaled_sum(x, self.mlp_out_norm(self.mlp(self.mlp_norm(x))), self.index + 1)


BLOCKS["depth_scaled"] = DepthScaledBlock
