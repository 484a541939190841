"""The other norms. Each file here enters its own in `NORMS`: to have them all, take the registry from here."""

import importlib
import pkgutil

from ..norms import NORMS, build_norm

__all__ = ["NORMS", "build_norm"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
