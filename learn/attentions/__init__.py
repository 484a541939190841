"""The other kinds of attention. Each file here enters its own in `ATTENTIONS`, and so do those in mixers/: to have them
all, take the registry from here."""

import importlib
import pkgutil

from .. import mixers  # noqa: F401, they register themselves
from ..attention import ATTENTIONS

__all__ = ["ATTENTIONS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
