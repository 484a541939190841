"""Refinements: what a configuration changes in the parts of a block once they are built, whatever kinds they are of.

Each file here enters a function in `REFINEMENTS`, by the field of the configuration that asks for it: no part knows of
them, and where no field asks for one, nothing is changed.
"""

import importlib
import pkgutil

from torch import nn

from reference.config import GPTConfig

from ..looped import loop_block
from .registry import REFINEMENTS

__all__ = ["REFINEMENTS", "refined"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")


def refined(block: nn.Module, layer: int, config: GPTConfig) -> nn.Module:
    """The block of a layer with every refinement that the configuration asks for there. Raises `ValueError`."""
    from ...attentions.settings_read import DEFAULTS, reads

    own = config.of_layer(layer)
    if config.n_loop > 1:
        loop_block(block, layer, config)
    # Biases come last, when every linear layer is there.
    for field in sorted(REFINEMENTS, key="biases".__eq__):
        # What some kinds of attention have concerns their layers alone.
        if (value := getattr(own, field)) != DEFAULTS[field] and reads(own.attention_type, field):
            REFINEMENTS[field](block, own, value)
    return block
