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
from .registry import OF_SOFTMAX, OF_STATES, REFINEMENTS

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
        # What one kind of attention has besides concerns the layers of that kind, as long as there is one.
        if field in (OF_SOFTMAX if is_recurrent(own) else OF_STATES) and wanted_elsewhere(field, config, own):
            continue
        REFINEMENTS[field](block, own, value)
    return block


def is_recurrent(config: GPTConfig) -> bool:
    """Whether a layer with this configuration has a state, instead of scores."""
    return hasattr(ATTENTIONS.get(config.attention_type), "state_dim")


def wanted_elsewhere(field: str, config: GPTConfig, own: GPTConfig) -> bool:
    """Whether a layer of the other kind than this one is to have this refinement."""
    layers = [config.of_layer(layer) for layer in range(config.n_layer)]
    return any(getattr(each, field) != DEFAULTS[field] and is_recurrent(each) != is_recurrent(own) for each in layers)
