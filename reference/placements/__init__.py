"""The other blocks. Each file here enters its own in `BLOCKS`: to have them all, take the registry from here."""

import importlib
import pkgutil

from torch import nn

from reference.config import GPTConfig

from .. import blocks
from ..blocks import BLOCKS, SCALED_BLOCKS, WITH_POST_NORM, block_class
from .refinements import refined

__all__ = ["BLOCKS", "SCALED_BLOCKS", "WITH_POST_NORM", "block_class", "build_block"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")


def build_block(config: GPTConfig, layer: int) -> nn.Module:
    """The block of a layer, of the kind that the configuration names, refined where it asks for that. Raises
    `ValueError`."""
    return refined(blocks.build_block(config, layer), config.of_layer(layer))
