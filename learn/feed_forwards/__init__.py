"""Feed-forwards beside nanochat's MLP: other activations, biases, widths and dropout; a gate; experts.

A kind is a class of the configuration, in a file of its own, with a line in FEED_FORWARDS. What a mixture of experts
adds to the loss, and the parameters that it leaves out, are asked of the whole model, by the two functions here.
"""

from torch import Tensor, nn

from .dense import DenseMLP
from .gated import GatedMLP
from .moe import MoE

# By the name in config.ffn_type. nanochat's configuration of "standard" is feed_forward.MLP.
FEED_FORWARDS = {"standard": DenseMLP, "gated": GatedMLP, "moe": MoE}


def auxiliary_loss(model: nn.Module) -> Tensor | float:
    """What the trainer adds to the loss: the sum of what the last forward pass left in `mlp.auxiliary_loss`, over all
    blocks that have one."""
    return sum(getattr(block.mlp, "auxiliary_loss", 0.0) for block in model.blocks)


def inactive_params(model: nn.Module) -> int:
    """How many parameters of linear layers a token does not use: the sum of `mlp.inactive_params` over all blocks that
    have it."""
    return sum(getattr(block.mlp, "inactive_params", 0) for block in model.blocks)
