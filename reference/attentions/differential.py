"""Differential attention: the difference of two softmax attentions."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from reference.config import GPTConfig

from ..attention import ATTENTIONS
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
        super().__init__(config, layer)
        if config.n_kv_head % 2:
            raise ValueError(
                f"n_kv_head = {config.n_kv_head}: differential attention needs an even number, since its values are "
                "those of two heads"
            )
        self.norm_eps = config.norm_eps
        # Compute the initial lambda, which grows with the depth.
        self.lambda_init = 0.8 - 0.6 * math.exp(-0.3 * layer)
        # Start near zero, so that lambda starts near lambda_init.
        for name in ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"):
            setattr(self, name, nn.Parameter(0.1 * torch.randn(config.head_dim)))

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
        # Concatenate the values of key/value heads g and g + G/2; both read the pair.
        first, second = value.chunk(2, dim=2)
        value = torch.cat((first, second), dim=-1).repeat(1, 1, 2, 1)
        # Attend with both halves of the query heads.
        signal, noise = super().attend(query, key, value, context).chunk(2, dim=2)
        # Compute lambda, which is lambda_init where the vectors are zero.
        wide = torch.promote_types(value.dtype, torch.float32)
        q1, k1, q2, k2 = (v.to(wide) for v in (self.lambda_q1, self.lambda_k1, self.lambda_q2, self.lambda_k2))
        lambda_ = torch.exp(q1 @ k1) - torch.exp(q2 @ k2) + self.lambda_init
        # Subtract, normalise head by head, and scale to the size of an ordinary head.
        return (1 - self.lambda_init) * rms_norm(signal - lambda_.to(value.dtype) * noise, self.norm_eps)


ATTENTIONS["differential"] = DifferentialAttention
SETTINGS["differential"] = SOFTMAX
