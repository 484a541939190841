"""Content-dependent relative positions: a bias on the scores that every query makes for itself."""

from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attention import ATTENTIONS
from ..debug import debug
from ..positions import Context
from .backends.scored import with_bias
from .composed import Attention
from .settings_read import SETTINGS, SOFTMAX


def relative_bias(
    by_distance: Float[Tensor, "B Tq H extent"],
    query_position: Int[Tensor, "*batch Tq"],
    key_position: Int[Tensor, "*batch Tk"],
) -> Float[Tensor, "B H Tq Tk"]:
    r"""bias[h, t, s] = by_distance[t, h, d] where d = query_position[t] - key_position[s] is 0 ... extent - 1, else 0

    by_distance: what every query adds, head by head, to the score of a key so many tokens behind it. Positions: (Tq,)
    and (Tk,), or (B, Tq) and (B, Tk). Returns (B, H, Tq, Tk), in the dtype of by_distance.

    Inkling (transformers, `InklingRelativeLogits`); with keys instead of profiles: Shaw et al. 2018 (arXiv:1803.02155).
    """
    debug("relative_bias", by_distance=by_distance, query_position=query_position, key_position=key_position)
    # Measure how far behind each query each key lies, with an axis for the heads: (B or 1, 1, Tq, Tk).
    # Look up what the query adds at that distance; the index must stay within the extent.
    # Beyond the extent, all keys are alike.
    raise NotImplementedError("TODO: look up what each query adds to the score of a key at its distance, 0 beyond the extent")


class RelativeAttention(Attention):
    r"""Softmax attention whose bias by distance is another for every query, with profiles that are learned.

        by_distance[h] = r[h] profiles,  r = r_proj(x)        a number for every distance
        s_ts = scale * q_t . k_s + by_distance_t[t - s]       0 from `extent` tokens on; then as ever

    Attributes: those of `Attention`; r_proj: C -> H * R, R = config.relative_dim, without a bias; profiles, a parameter
    (R, extent). extent is the window of this layer, config.relative_extent where it has none, or config.max_seq_len
    where that is None.

    Inkling (transformers, `InklingAttention`).
    """

    biased = True  # it adds a bias to the scores

    def __init__(self, config: GPTConfig, layer: int):
        super().__init__(config, layer)
        extent = self.window or config.relative_extent or config.max_seq_len
        self.r_proj = nn.Linear(config.n_embd, config.n_head * config.relative_dim, bias=False)
        self.profiles = nn.Parameter(0.02 * torch.randn(config.relative_dim, extent))

    @property
    def macs_per_token(self) -> int:
        """Multiplications of a token by what is no linear layer: every head's mixture of the profiles."""
        return self.n_head * self.profiles.numel()

    def forward(self, x: Float[Tensor, "B T C"], context: Context) -> Float[Tensor, "B T C"]:
        """`Attention.forward`, with `relative_bias` in the context."""
        # Mix the profiles, for every token and head another mixture: (B, T, H, extent).
        by_distance = self.r_proj(x).unflatten(-1, (self.n_head, -1)) @ self.profiles
        return super().forward(x, with_bias(context, partial(relative_bias, by_distance)))


ATTENTIONS["relative"] = RelativeAttention
SETTINGS["relative"] = (*SOFTMAX, "relative_dim", "relative_extent")
