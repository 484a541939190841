"""Feed-forward: what happens to every token by itself."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from .feed_forwards import FEED_FORWARDS


class MLP(nn.Module):
    r"""Two linear layers with the squared ReLU between them: down_proj(relu(up_proj(x))^2).

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.3; So et al. 2021, Primer (arXiv:2109.08668), section 3.1.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two layers, `nn.Linear` without a bias: up_proj, C -> 4C, and down_proj, 4C -> C."""
        super().__init__()
        # Expand to four times the width of the residual stream.
        self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)
        # Project back to its width.
        self.down_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=False)

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""down_proj(relu(up_proj(x))^2), for every token by itself."""
        # Expand to the hidden width: (B, T, C) -> (B, T, 4C).
        x = self.up_proj(x)
        # Squared ReLU: without a nonlinearity in between, the two layers could do no more than one.
        x = F.relu(x).square()
        # Project back: (B, T, 4C) -> (B, T, C).
        return self.down_proj(x)


def build_feed_forward(config: GPTConfig) -> nn.Module:
    """`MLP` where the configuration asks for just that, else the kind that config.ffn_type names in FEED_FORWARDS.

    Raises `ValueError`.
    """
    asked = (config.ffn_type, config.activation, config.ffn_hidden or 4 * config.n_embd, config.bias, config.dropout)
    if asked == ("standard", "relu2", 4 * config.n_embd, False, 0.0):
        return MLP(config)
    return lookup(FEED_FORWARDS, "ffn_type", config.ffn_type)(config)
