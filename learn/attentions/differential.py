"""Differential attention: the difference of two softmax attentions."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..attention import ATTENTIONS
from ..debug import debug
from ..norms import rms_norm
from ..positions import Context
from .composed import Attention
from .settings_read import SETTINGS, SOFTMAX


class DifferentialAttention(Attention):
    r"""The attention of one half of the heads less that of the other half: what both attend to, noise, cancels.

        out[h]  = (1 - lambda_init) * rms_norm(y[h] - lambda * y[h + H/2])        h = 0 ... H/2 - 1
        lambda  = exp(lambda_q1 . lambda_k1) - exp(lambda_q2 . lambda_k2) + self.lambda_init
        lambda_init = 0.8 - 0.6 exp(-0.3 layer), layers counted from 0

    y[h] is the attention output of head h over values of size 2 D: those of the key/value heads g and g + G/2,
    concatenated, where g = floor(h * G / H) mod G/2. H/2 heads of 2 D come out: as wide as ever.

    Ye et al. 2024, Differential Transformer (arXiv:2410.05258), section 2.1.
    """

    def __init__(self, config: GPTConfig, layer: int):
        r"""Create what `Attention` creates, and the vectors of lambda.

        lambda_q1, lambda_k1, lambda_q2, lambda_k2: `nn.Parameter` (D,) each, normal, mean 0, std 0.1

        Also keep `norm_eps` from the config, and `lambda_init`, that of this layer. Raises `ValueError` naming
        n_kv_head where it is odd.
        """
        debug("DifferentialAttention.__init__", config=config, layer=layer)
        # Compute the initial lambda, which grows with the depth.
        # Start near zero, so that lambda starts near lambda_init.
        raise NotImplementedError("TODO: create what Attention creates, and the four vectors of lambda")

    @property
    def macs_per_score(self) -> int:
        """The same, with queries and keys of size D and values of size 2 D."""
        return self.n_head * (self.head_dim + 2 * self.head_dim)

    @property
    def cached_dim(self) -> int:
        """The same: values are kept in the pairs in which they are read."""
        return self.n_kv_head * (self.head_dim + 2 * self.head_dim)

    def attend(
        self,
        query: Float[Tensor, "B T H D"],
        key: Float[Tensor, "B T G D"],
        value: Float[Tensor, "B T G D"],
        context: Context,
    ) -> Float[Tensor, "B T pairs_of_heads twice_D"]:
        r"""out as above, from y = `super().attend(query, key, value, context)`.

        query: (B, T, H, D); key, value: (B, T, G, D). The base class takes values of any size Dv and returns
        (B, T, H, Dv). lambda is computed in float32 at least. Returns (B, T, H/2, 2 D), in the dtype of value.
        """
        debug("DifferentialAttention.attend", query=query, key=key, value=value, context=context)
        # Concatenate the values of key/value heads g and g + G/2; both read the pair.
        # Attend with both halves of the query heads.
        # Compute lambda, which is lambda_init where the vectors are zero.
        # Subtract, normalise head by head, and scale to the size of an ordinary head.
        raise NotImplementedError("TODO: the attention output of one half of the heads, less lambda times that of the other half, normalised")


ATTENTIONS["differential"] = DifferentialAttention
SETTINGS["differential"] = SOFTMAX
