"""The other blocks. Each file here enters its own in `BLOCKS`: to have them all, take the registry from here."""

import importlib
import pkgutil

from ..blocks import BLOCKS, SCALED_BLOCKS, WITH_POST_NORM, block_class, build_block

__all__ = ["BLOCKS", "SCALED_BLOCKS", "WITH_POST_NORM", "block_class", "build_block"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
