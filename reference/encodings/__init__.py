"""The other position encodings. Each file here enters its own in `POSITION_ENCODINGS`: to have them all, take the
registry from here."""

import importlib
import pkgutil

from ..positions import POSITION_ENCODINGS

__all__ = ["POSITION_ENCODINGS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
