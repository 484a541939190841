"""Sparse attention: softmax over a few of the keys, which a query chooses itself. Each file with a layer enters it in
`ATTENTIONS`.

Reading order: key_blocks, selection, indexer (functions), then the layers: moba, nsa, dsa; reads, how many keys a
layer reads.
"""

import importlib
import pkgutil

from ...attention import ATTENTIONS

__all__ = ["ATTENTIONS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
