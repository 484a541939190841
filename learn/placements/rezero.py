"""ReZero: no norm, and a learned weight that starts at zero on all that is added."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..blocks import BLOCKS
from ..debug import debug
from ..positions import Context
from .no_norm import NoNormBlock


class ReZeroBlock(NoNormBlock):
    r"""Block without norms, each of whose sublayers has one learned weight.

        x = x + alpha1 * attn(x)
        x = x + alpha2 * mlp(x)

    Attributes: those of `NoNormBlock`, and attn_alpha, mlp_alpha: (1), zeros at first. (The code released with the
    paper has one for both.) Raises `ValueError` where the output projections are zero at first, too: nothing would
    ever learn.

    Bachlechner et al. 2020 (arXiv:2003.04887).
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        if config.init == "nanochat":
            raise ValueError(
                "norm_position = 'rezero' with init = 'nanochat': the weights of the residual and the output "
                "projections would both start at zero and neither get a gradient. Choose init = 'gpt2' or 'torch'"
            )
        self.attn_alpha = nn.Parameter(torch.zeros(1))
        self.mlp_alpha = nn.Parameter(torch.zeros(1))

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""x + attn_alpha * attn(x), then x + mlp_alpha * mlp(x). context: passed on to attention."""
        debug("ReZeroBlock.forward", x=x, context=context)
        # Attention sublayer: weight what it adds. At zero the block is the identity, however deep the model.
        # MLP sublayer: the same, with a weight of its own.
        raise NotImplementedError("TODO: x + attn_alpha * attn(x), then x + mlp_alpha * mlp(x)")


BLOCKS["rezero"] = ReZeroBlock
