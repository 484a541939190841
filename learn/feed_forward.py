"""Feed-forward: every token thinks about what attention brought it, by itself."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from .debug import debug


class MLP(nn.Module):
    r"""Two linear layers with a squared ReLU between them: down_proj(relu(up_proj(x))^2).

    The squared ReLU is So et al. 2021, Primer (arXiv:2109.08668), section 3.1; nanochat uses it.
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two layers, both `nn.Linear` without bias.

        up_proj: C -> 4C        down_proj: 4C -> C
        """
        debug("MLP.__init__", config=config)
        # Four times wider inside: room for many small detectors, of which only a few fire at once.
        # And back to the width of the residual stream.
        raise NotImplementedError("TODO: create up_proj, four times as wide as the residual stream, and down_proj, back again")

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""relu(x W_up)^2 W_down, for every token by itself.

        x: (B, T, C). Returns (B, T, C).
        """
        debug("MLP.forward", x=x)
        # Up, squared ReLU, down. Squaring makes the strong detectors stronger and keeps the slope at zero smooth.
        raise NotImplementedError("TODO: up_proj, squared ReLU, down_proj")
