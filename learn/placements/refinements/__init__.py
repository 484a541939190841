"""Refinements: what a configuration changes in the parts of a block once they are built, whatever kinds they are of.

Each file here enters a function in `REFINEMENTS`, by the field of the configuration that asks for it: no part knows of
them, and where no field asks for one, nothing is changed.
"""

import importlib
import pkgutil
from dataclasses import fields

from torch import nn

from reference.config import GPTConfig

from .registry import REFINEMENTS

__all__ = ["REFINEMENTS", "refined"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")

DEFAULTS = {field.name: field.default for field in fields(GPTConfig)}


def refined(block: nn.Module, config: GPTConfig) -> nn.Module:
    """The block with every refinement that the configuration asks for. Raises `ValueError`."""
    # Biases come last, when every linear layer is there.
    for field in sorted(REFINEMENTS, key="biases".__eq__):
        if (value := getattr(config, field)) != DEFAULTS[field]:
            REFINEMENTS[field](block, config, value)
    return block
