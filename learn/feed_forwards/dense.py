"""The two-layer MLP with what other models vary: activation, width, biases, dropout."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from ..debug import debug
from ..feed_forward import FEED_FORWARDS
from .activations import ACTIVATIONS


class DenseMLP(nn.Module):
    r"""Two linear layers with an activation a between them: down_proj(a(up_proj(x))), then dropout.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.3, with ReLU; GPT-2 with GELU.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two layers, `nn.Linear` with a bias where config.bias says so, and dropout.

        up_proj: C -> F        down_proj: F -> C        F = config.ffn_hidden, or 4C where that is None
        dropout: `nn.Dropout(config.dropout)`

        Also keep `activation`, the entry of ACTIVATIONS that config.activation names.
        """
        debug("DenseMLP.__init__", config=config)
        # Expand to the hidden width: the configured one, or four times the residual stream's.
        # Project back to the width of the residual stream.
        # The nonlinearity between the two, and dropout for what they give.
        raise NotImplementedError("TODO: create up_proj and down_proj, the activation and dropout that the configuration asks for")

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""dropout(down_proj(a(up_proj(x)))), for every token by itself."""
        debug("DenseMLP.forward", x=x)
        # Expand, apply the activation, project back; then dropout, in training.
        raise NotImplementedError("TODO: up_proj, activation, down_proj, dropout")


FEED_FORWARDS["standard"] = DenseMLP
