"""Scalable softmax: as many more keys as there are, as much sharper is the softmax."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...debug import debug
from ...positions import Context
from .registry import REFINEMENTS


class SSMax(nn.Module):
    r"""Scalable softmax: a factor for queries that grows with the number of keys. Attributes: scale, bias, (H,) each.

    A softmax over n keys whose scores differ by so much grows flat with n; scores times log(n) keep its largest weight.
    At first scale is 0 and bias 1, ordinary softmax.

    Nakanishi 2025 (arXiv:2501.19399), with a bias; Mistral Large 4.
    """

    def __init__(self, n_head: int):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(n_head))
        self.bias = nn.Parameter(torch.ones(n_head))

    def forward(self, query: Float[Tensor, "B T H D"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T H D"]:
        r"""query[t, h] * (scale[h] * ln(position[t] + 1) + bias[h])

        position: (T,) or (B, T), counted from 0 at the sequence's start, with a cache too. The logarithm is taken in
        float32 at least, and narrowed to the dtype of query, in which all the rest is computed.
        """
        debug("SSMax.forward", query=query, position=position)
        # A token sees position + 1 keys: take the logarithm in float32 at least, since bfloat16 cannot count so far.
        # Compute the factor of every token and head, (*batch, T, H), and scale all D elements of its query.
        raise NotImplementedError("TODO: scale every query by s ln(position + 1) + b of its head")


def scale_softmax(
    layer: nn.Module, query: Tensor, key: Tensor, context: Context
) -> tuple[Float[Tensor, "B T H D"], Float[Tensor, "B T G D"]]:
    """A step of attention: the queries scaled, the keys as they are."""
    return layer.ssmax(query, context.position), key


def make_softmax_scalable(block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    """One more step of attention."""
    block.attn.ssmax = SSMax(config.n_head)
    block.attn.steps += (scale_softmax,)


REFINEMENTS["scalable_softmax"] = make_softmax_scalable
