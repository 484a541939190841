"""Gated MLP: SwiGLU and its family."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

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
        super().__init__()
        # Three matrices instead of two: 2/3 of the hidden width keeps the parameter count of an ungated MLP.
        hidden = config.ffn_hidden or math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of
        self.gate_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        # The gate's activation, and dropout for what down_proj gives.
        self.activation = lookup(ACTIVATIONS, "activation", config.activation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        r"""dropout(down_proj(a(gate_proj(x)) * up_proj(x))). x has any number of leading axes."""
        # Scale every hidden unit by its gate, project back; then dropout, in training.
        return self.dropout(self.down_proj(self.activation(self.gate_proj(x)) * self.up_proj(x)))


FEED_FORWARDS["gated"] = GatedMLP
