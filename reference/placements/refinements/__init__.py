"""Refinements: what a configuration changes in the parts of a block once they are built, whatever kinds they are of.

Each file here enters a function in `REFINEMENTS`, by the field of the configuration that asks for it: no part knows of
them, and where no field asks for one, nothing is changed.
"""

import importlib
import pkgutil
from dataclasses import fields

from torch import nn

from reference.config import GPTConfig

from ...attention import ATTENTIONS
from ..looped import loop_block
from .registry import OF_SOFTMAX, REFINEMENTS

__all__ = ["REFINEMENTS", "refined"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")

DEFAULTS = {field.name: field.default for field in fields(GPTConfig)}


def refined(block: nn.Module, layer: int, config: GPTConfig) -> nn.Module:
    """The block of a layer with every refinement that the configuration asks for there. Raises `ValueError`."""
    own = config.of_layer(layer)
    if config.n_loop > 1:
        loop_block(block, layer, config)
    # Biases come last, when every linear layer is there.
    for field in sorted(REFINEMENTS, key="biases".__eq__):
        if (value := getattr(own, field)) == DEFAULTS[field]:
            continue
        # What softmax attention has besides concerns the layers that have it, as long as there is one.
        if field in OF_SOFTMAX and is_recurrent(own) and wanted_elsewhere(field, config):
            continue
        REFINEMENTS[field](block, own, value)
    return block


def is_recurrent(config: GPTConfig) -> bool:
    """Whether a layer with this configuration has a state, instead of scores."""
    return hasattr(ATTENTIONS[config.attention_type], "state_dim")


def wanted_elsewhere(field: str, config: GPTConfig) -> bool:
    """Whether a layer with scores is to have this refinement."""
    layers = [config.of_layer(layer) for layer in range(config.n_layer)]
    return any(getattr(each, field) != DEFAULTS[field] and not is_recurrent(each) for each in layers)
