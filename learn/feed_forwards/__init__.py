"""The other feed-forwards: other activations, widths, biases and dropout; a gate; experts. Each file here enters its
own in `FEED_FORWARDS`: to have them all, take the registry from here."""

import importlib
import pkgutil

from ..feed_forward import FEED_FORWARDS

__all__ = ["FEED_FORWARDS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
