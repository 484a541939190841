"""ALiBi: a bias on the scores that falls with the distance."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from ..positions import POSITION_ENCODINGS, Float32Buffers
from .base import PositionEncoding, float32_at_least


def alibi_slopes(n_head: int) -> Float[Tensor, " H"]:
    r"""The slope of each head: how much every token of distance lowers a score.

        slope[h] = 2^(-8 (h + 1) / n)        h = 0 ... n - 1, where n = n_head is a power of two

    For any other n_head: the slopes of n, the largest power of two below it, then as many as are missing of the slopes
    of 2n, every other one, beginning with the first. In torch's default dtype.

    Press et al. 2021, ALiBi (arXiv:2108.12409), section 3, and the code that came with it for other numbers of heads.
    """
    debug("alibi_slopes", n_head=n_head)
    # Compute a geometric series for the largest power of two: the first heads attend nearby, the last ones far back.
    # For the heads that are left, take slopes of the series twice as long that lie between these.
    # Append as many of them as are missing.
    raise NotImplementedError("TODO: return one slope for each head, a geometric series")


class ALiBi(Float32Buffers, PositionEncoding):
    r"""Attention with linear biases: the farther back a key, the lower its score. Attribute: slopes, a buffer (H,).

    Press et al. 2021 (arXiv:2108.12409), section 3; BLOOM.
    """

    @float32_at_least()
    def __init__(self, config: GPTConfig):
        super().__init__(config)
        self.register_buffer("slopes", alibi_slopes(config.n_head), persistent=False)

    def bias(
        self, query_position: Int[Tensor, "*batch Tq"], key_position: Int[Tensor, "*batch Tk"]
    ) -> Float[Tensor, "*batch H Tq Tk"]:
        r"""-slopes[h] * (query_position[t] - key_position[s]), for head h, query t and key s.

        query_position: (Tq,) or (B, Tq); key_position: (Tk,) or (B, Tk), int64. Returns (H, Tq, Tk) or (B, H, Tq, Tk),
        in the dtype of slopes.
        """
        debug("ALiBi.bias", query_position=query_position, key_position=key_position)
        # Compute how far behind the query each key lies, with an axis for the heads: (..., 1, Tq, Tk).
        # Scale by each head's own slope; the minus lowers the scores of distant keys.
        raise NotImplementedError("TODO: return a bias on the scores that falls with the distance between query and key")


POSITION_ENCODINGS["alibi"] = ALiBi
