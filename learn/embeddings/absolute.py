"""Positions that are told once, by a vector that is added to each token's embedding."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from ..encodings.base import float32_at_least
from ..positions import Float32Buffers, precompute_rotary_tables


class LearnedPositions(nn.Module):
    r"""x[b, t] + embedding[position[t]]. Attribute: embedding, (max_seq_len, C).

    GPT, GPT-2. Radford et al. 2018, Improving Language Understanding by Generative Pre-Training, section 3.1.
    """

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.embedding = nn.Embedding(config.max_seq_len, config.n_embd)

    def forward(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        r"""x[b, t] + embedding[position[t]]. x: (B, T, C); position: (T,) or (B, T), int64. Returns (B, T, C)."""
        debug("LearnedPositions.forward", x=x, position=position)
        # Add a learned vector for every position; where all sequences share the positions, they share the vectors.
        raise NotImplementedError("TODO: add to every token the vector of its position")


def sinusoidal_table(length: int, dim: int) -> Float[Tensor, "length dim"]:
    r"""The fixed vectors that the first transformer added to its embeddings.

        table[t, 2i]     = sin(t * 10000^(-2i / dim))
        table[t, 2i + 1] = cos(t * 10000^(-2i / dim))

    length: how many positions. dim: the width C, even. Returns (length, dim), in float32, or in torch's default dtype
    where that is wider.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.5.
    """
    debug("sinusoidal_table", length=length, dim=dim)
    # Compute the angles of rotary positions, over the whole width: the same idea, added instead of rotated by.
    # Interleave every sine with its cosine.
    raise NotImplementedError("TODO: return sines and cosines of position times frequency, side by side")


class SinusoidalPositions(Float32Buffers):
    r"""x[b, t] + table[position[t]]. Attribute: table, a buffer (max_seq_len, C), not saved.

    Vaswani et al. 2017 (arXiv:1706.03762), section 3.5.
    """

    @float32_at_least()
    def __init__(self, config: GPTConfig):
        super().__init__()
        if config.n_embd % 2:
            raise ValueError(f"n_embd = {config.n_embd}: it must be even, since sines and cosines come in pairs")
        self.register_buffer("table", sinusoidal_table(config.max_seq_len, config.n_embd), persistent=False)

    def forward(self, x: Float[Tensor, "B T C"], position: Int[Tensor, "*batch T"]) -> Float[Tensor, "B T C"]:
        r"""x[b, t] + table[position[t]]. x: (B, T, C); position: (T,) or (B, T), int64. Shape and dtype stay."""
        debug("SinusoidalPositions.forward", x=x, position=position)
        # Add the fixed vector of every position. A float32 table would widen a bfloat16 x, so narrow the sum again.
        raise NotImplementedError("TODO: add to every token the row of its position")


ADDED_POSITIONS = {"learned_absolute": LearnedPositions, "sinusoidal": SinusoidalPositions}
