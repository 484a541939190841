"""Several residual streams, or more than the stream itself to read from: each file with a block enters it in
`STREAM_BLOCKS`, by config.residual_stream."""

import importlib
import pkgutil

from ...blocks import STREAM_BLOCKS

__all__ = ["STREAM_BLOCKS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
