"""Gated MLP: SwiGLU and its family."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from ..debug import debug
from ..feed_forward import FEED_FORWARDS
from .activations import ACTIVATIONS


class GatedMLP(nn.Module):
    r"""An MLP whose hidden activations are multiplied elementwise by a gate: down_proj(a(gate_proj(x)) * up_proj(x)).

    SwiGLU with silu (Llama), GeGLU with gelu (Gemma). Shazeer 2020 (arXiv:2002.05202), equation 6.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the three layers, `nn.Linear` with a bias where config.bias says so, and dropout.

        gate_proj, up_proj: C -> F        down_proj: F -> C
        F = config.ffn_hidden; where that is None, 8/3 C, rounded up to a multiple of config.ffn_multiple_of
        dropout: `nn.Dropout(config.dropout)`

        Also keep `activation`, the entry of ACTIVATIONS that config.activation names.
        """
        debug("GatedMLP.__init__", config=config)
        # Three matrices instead of two: 2/3 of the hidden width keeps the parameter count of an ungated MLP.
        # The gate's activation, and dropout for what down_proj gives.
        raise NotImplementedError("TODO: create gate_proj and up_proj, C -> 8/3 C, and down_proj")

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""dropout(down_proj(a(gate_proj(x)) * up_proj(x))). x has any number of leading axes."""
        debug("GatedMLP.forward", x=x)
        # Scale every hidden unit by its gate, project back; then dropout, in training.
        raise NotImplementedError("TODO: down_proj(activation(gate_proj(x)) * up_proj(x)), dropout")


FEED_FORWARDS["gated"] = GatedMLP
