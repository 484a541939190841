"""The two-layer MLP with what other models vary: activation, width, biases, dropout."""

from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig, lookup

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
        super().__init__()
        # Expand to the hidden width: the configured one, or four times the residual stream's.
        hidden = config.ffn_hidden or 4 * config.n_embd
        self.up_proj = nn.Linear(config.n_embd, hidden, bias=config.bias)
        # Project back to the width of the residual stream.
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        # The nonlinearity between the two, and dropout for what they give.
        self.activation = lookup(ACTIVATIONS, "activation", config.activation)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""dropout(down_proj(a(up_proj(x)))), for every token by itself."""
        # Expand, apply the activation, project back; then dropout, in training.
        return self.dropout(self.down_proj(self.activation(self.up_proj(x))))


FEED_FORWARDS["standard"] = DenseMLP
