"""Feed-forward: what happens to every token by itself."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig, lookup

from .debug import debug


class MLP(nn.Module):
    r"""Two linear layers with the squared ReLU between them: down_proj(relu(up_proj(x))^2).

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.3; So et al. 2021, Primer (arXiv:2109.08668).
    """

    def __init__(self, config: GPTConfig):
        r"""Create the two layers, `nn.Linear` without a bias: up_proj, C -> 4C, and down_proj, 4C -> C."""
        debug("MLP.__init__", config=config)
        # Expand to four times the width of the residual stream.
        # Project back to its width.
        raise NotImplementedError("TODO: create up_proj, C -> 4C, and down_proj, 4C -> C, without biases")

    def forward(self, x: Float[Tensor, "B T C"]) -> Float[Tensor, "B T C"]:
        r"""down_proj(relu(up_proj(x))^2), for every token by itself."""
        debug("MLP.forward", x=x)
        # Expand to the hidden width: (B, T, C) -> (B, T, 4C).
        # Squared ReLU: without a nonlinearity in between, the two layers could do no more than one.
        # Project back: (B, T, 4C) -> (B, T, C).
        raise NotImplementedError("TODO: up_proj, squared ReLU, down_proj")


FEED_FORWARDS: dict = {}  # by config.ffn_type: what makes a feed-forward of the configuration


def build_feed_forward(config: GPTConfig) -> nn.Module:
    """The feed-forward of the kind that config.ffn_type names: the one above, where the configuration asks for nothing
    else. Raises `ValueError` where there is no such kind."""
    if config.is_chapter_one("feed_forward"):
        return MLP(config)
    from . import feed_forwards  # noqa: F401, the other kinds register themselves

    return lookup(FEED_FORWARDS, "ffn_type", config.ffn_type)(config)
