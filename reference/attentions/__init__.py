"""The other kinds of attention. Each file here, in recurrent/ and in sparse/ enters its own in `ATTENTIONS`, and the
settings that it reads in `SETTINGS`: to have them all, take the registry from here."""

import importlib
import pkgutil

from ..attention import ATTENTIONS

__all__ = ["ATTENTIONS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
