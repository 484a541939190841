"""A number for each layer, by which the stream that leaves it is multiplied."""

import torch
from torch import Tensor, nn

from reference.config import GPTConfig

from .registry import REFINEMENTS


def scaled(block: nn.Module, arguments: tuple, output: Tensor) -> Tensor:
    """What leaves a block, multiplied by its number."""
    return output * block.layer_scalar


def add_scalar(block: nn.Module, config: GPTConfig, wanted: bool) -> None:
    """layer_scalar, a buffer (1) of ones that is saved with the block and not trained. Gemma 4."""
    block.register_buffer("layer_scalar", torch.ones(1))
    block.register_forward_hook(scaled)


REFINEMENTS["layer_scalar"] = add_scalar
