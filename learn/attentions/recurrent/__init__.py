"""Recurrent mixers: a state of fixed size instead of the keys and values of all tokens. Each file with a layer enters
it in `ATTENTIONS`, and its cache in `LAYER_CACHES`.

Reading order: convolution, linear, ssd, delta, gated_norm (functions), states (the cache), then the layers: kernel,
retention, lightning, delta_net, gated_delta_net, kda, mamba2, gated_convolution.
"""

import importlib
import pkgutil

from ...attention import ATTENTIONS

__all__ = ["ATTENTIONS"]

for file in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{file.name}")
