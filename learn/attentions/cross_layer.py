"""Attention to the keys and values of an earlier layer: a layer that makes none of its own, and caches nothing.

The cache is what a long text costs: 2 G D elements for every token and layer. Grouped queries share keys among heads,
this shares them among layers. Which layers do, `config.attention_type` says in turn: "standard,shared" pairs
neighbours, as in Cross-Layer Attention (arXiv:2405.12981); "standard,standard,standard/shared" gives all layers from
the fourth on the keys of the third, as in YOCO (arXiv:2405.05254), and with windows in turn, as in Gemma 3n, those of
the last earlier layer with the same window. `decoding/shared_keys.py` says which layer reads which, and
hands the keys on.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attention import ATTENTIONS
from ..debug import debug
from ..positions import Context
from .backends.scored import ScoreMods
from .composed import Attention
from .settings_read import SETTINGS, SOFTMAX


class CrossLayerAttention(Attention):
    r"""Softmax attention of this layer's queries to the keys and values of an earlier layer.

        q    = steps(x W_Q),   k, v: those of the earlier layer, rotated and normed there
        out  = o_proj(gate(softmax(q k^T * scale) v, x))

    Cross-Layer Attention: Brandon et al. 2024 (arXiv:2405.12981); YOCO (arXiv:2405.05254); Gemma 3n.
    """

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        # What makes keys and values stands in the earlier layer.
        del self.k_proj, self.v_proj
        self.k_norm = nn.Identity()

    @property
    def cached_dim(self) -> int:
        """Nothing is cached: the earlier layer's cache is read."""
        return 0

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        r"""Project to queries, apply the steps, attend to the earlier layer's keys, gate, project back.

        x: (B, T, C). `context.update_cache()`, without entries, returns (key_position, key, value) of the earlier
        layer: all that it remembers and these tokens, (B, Tk, G, D), with all steps done. Each of self.steps is called
        with (self, query, key, context); nothing is to be done to the keys here, so hand it no heads of them, (B, T, 0,
        D). `self.backend(query, key, value, mods)` takes them with the heads in front, (B, heads, T, D), and returns
        (B, H, T, D); mods = `ScoreMods.of(self, context, key_position)`. self.gate is called with (self, y, x).
        Returns (B, T, C), in the dtype of x.
        """
        debug("CrossLayerAttention.forward", x=x, context=context)
        # Project to queries only, then split into heads: (B, T, H, D).
        # Rotate and normalise the queries, in the order of this layer.
        # Read the keys and values of the earlier layer: of all tokens that it remembers, and of these.
        # Attend with the heads in front, (B, heads, T, D), then concatenate them: (B, T, H * D).
        # Gate the heads' outputs, and project back into the residual stream.
        raise NotImplementedError("TODO: project to queries, apply the steps, attend to the keys and values of an earlier layer, gate, project back")


ATTENTIONS["shared"] = CrossLayerAttention
SETTINGS["shared"] = SOFTMAX
