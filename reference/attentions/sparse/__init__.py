"""Sparse attention: a query attends to some of the keys only, which it chooses by what they hold. Each file with a layer
enters it in `ATTENTIONS`."""

import importlib
import pkgutil

from ...attention import ATTENTIONS

__all__ = ["ATTENTIONS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
