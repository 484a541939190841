"""Attention residuals: a sublayer attends to what earlier blocks have added, instead of reading their plain sum."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ...blocks import STREAM_BLOCKS
from ...debug import debug
from ...norms import rms_norm
from ...positions import Context
from .pre_norm import StreamBlock


class AttentionResidual(nn.Module):
    r"""What a sublayer reads: a mixture of the sums so far, chosen by a learned query. Attributes: query (C), zeros at
    first, when the mixture is a plain mean; norm_eps.

    Kimi team 2026, attention residuals, as Inkling 2 has them: the sums are normed before they are compared and mixed.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.norm_eps = config.norm_eps
        self.query = nn.Parameter(torch.zeros(config.n_embd))

    def forward(self, sums: Float[Tensor, "B T s C"]) -> Float[Tensor, "B T C"]:
        r"""sum_i p_i rms(sums[i]),  p = softmax over i of (query . rms(sums[i]) / sqrt(C)).

        In float32 at least, returned in the dtype of sums.
        """
        debug("AttentionResidual.forward", sums=sums)
        # Norm every sum: later ones are longer, and would otherwise win by their length.
        # Compare them with the query, and mix them by the softmax of the scores.
        raise NotImplementedError("TODO: softmax over the sums of (query . rms(sum) / sqrt(C)), and the mixture of rms(sum)")


class AttnResBlock(StreamBlock):
    r"""Pre-norm block whose sublayers read by `AttentionResidual`.

        sums: (B, T, s, C), what `config.layers_per_sum` layers each have added; the last one is still running
        y    = attn(N(attn_residual(sums)))
        sums = sums and y, where a new sum begins;  else sums with y added to the last
        y    = mlp(N(mlp_residual(sums)));  add y to the last of sums

    Attributes: those of `Block`; attn_residual and mlp_residual; begins, whether a new sum begins in this layer; leave,
    which reads all sums behind the last block, and else does nothing. In the first layer, the one sum is the embedding,
    which attention reads as it is.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        self.attn_residual = AttentionResidual(config) if layer else LastSum()
        self.mlp_residual = AttentionResidual(config)
        self.begins = layer % config.layers_per_sum == 0
        self.first = layer == 0
        self.leave = AttentionResidual(config) if layer == config.n_layer - 1 else nn.Identity()

    def forward(self, x: Float[Tensor, "B T *s C"], context: Context) -> Float[Tensor, "B T *out C"]:
        r"""The formula above. x: the sums; the embedding in the first layer. context: passed on to attention.
        Returns the sums, one more than before where a new one begins; one vector for each token in the last layer."""
        debug("AttnResBlock.forward", x=x, context=context)
        # Attention sublayer: what it outputs begins a new sum, or joins the last one.
        # MLP sublayer: it reads attention's output in the last sum, and adds to it.
        raise NotImplementedError("TODO: read by attn_residual and mlp_residual; begin a new sum, or add to the last one")


class LastSum(nn.Module):
    """The last sum as it is."""

    def forward(self, sums: Float[Tensor, "B T s C"]) -> Float[Tensor, "B T C"]:
        """sums[..., -1, :]"""
        return sums[..., -1, :]


def add_to_last(sums: Float[Tensor, "B T s C"], added: Float[Tensor, "B T C"]) -> Float[Tensor, "B T s C"]:
    """The sums, with something added to the last one."""
    return torch.cat((sums[..., :-1, :], (sums[..., -1, :] + added)[..., None, :]), dim=-2)


STREAM_BLOCKS["attention_residuals"] = AttnResBlock
