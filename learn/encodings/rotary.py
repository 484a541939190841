"""Rotary positions with everything that public models vary: pairs of neighbours, part of a head, scaled frequencies."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import LATENT, GPTConfig, lookup

from ..debug import debug
from ..positions import POSITION_ENCODINGS, Context, Float32Buffers, apply_rotary
from .base import float32_at_least
from .scaling import ROPE_SCALINGS

Rotation = Callable[[Tensor, Tensor, Tensor], Tensor]  # of x, cos and sin


def apply_rotary_interleaved(
    x: Float[Tensor, "B T heads D"], cos: Float[Tensor, "*batch T 1 pairs"], sin: Float[Tensor, "*batch T 1 pairs"]
) -> Float[Tensor, "B T heads D"]:
    r"""Rotate each pair of neighbouring dimensions of a head counter-clockwise by the angle of its position.

        y[2i]     = x[2i] cos_i - x[2i+1] sin_i
        y[2i + 1] = x[2i] sin_i + x[2i+1] cos_i

    In the dtype of x. The pairing of the paper; GPT-J, Cohere and DeepSeek. Su et al. 2021 (arXiv:2104.09864),
    section 3.4.2, equation 34.
    """
    debug("apply_rotary_interleaved", x=x, cos=cos, sin=sin)
    # Pair every even dimension with the odd one that follows it.
    # Rotate each pair, interleave the results again, and narrow them to the dtype of x.
    raise NotImplementedError("TODO: rotate each pair of neighbouring dimensions by the angle of its position")


def rotate_part(
    rotation: Rotation,
    x: Float[Tensor, "B T heads D"],
    cos: Float[Tensor, "*batch T 1 pairs"],
    sin: Float[Tensor, "*batch T 1 pairs"],
) -> Float[Tensor, "B T heads D"]:
    r"""Partial rotary: rotate the first dimensions of a head, two for each pair of the tables, and no others.

        y[: 2 * pairs] = rotation(x[: 2 * pairs], cos, sin)        y[2 * pairs :] = x[2 * pairs :]

    rotation: `apply_rotary` or `apply_rotary_interleaved`. GPT-NeoX: Black et al. 2022 (arXiv:2204.06745), section 2.1.
    """
    debug("rotate_part", rotation=rotation, x=x, cos=cos, sin=sin)
    # Split off the dimensions for which the tables have no pair.
    # Rotate the first ones, and put the others behind them as they are: they carry content without a position.
    raise NotImplementedError("TODO: rotate the first dimensions of a head, two for each pair; keep the rest")


class GeneralRotaryPositions(Float32Buffers):
    r"""Rotary positions of rotary_dim dimensions of a head, with scaled frequencies, paired as the configuration says.

        angle[t, i] = t * theta^(-2i / rotary_dim) * scaling[i];  cos, sin: times attention_factor

    Attributes: cos, sin, buffers (max_seq_len, rotary_dim/2), not saved; rotation.
    """

    @float32_at_least()
    def __init__(self, config: GPTConfig, theta: float, scaling: str):
        super().__init__()
        dim = int(config.rotary_dim * config.rope_fraction)
        if dim % 2 or not dim:
            size = "rope_head_dim" if config.attention_type in LATENT else "head_dim"
            raise ValueError(
                f"{size} * rope_fraction = {config.rotary_dim} * {config.rope_fraction} leaves {dim} dimensions to "
                "rotate: it must be an even number of at least 2, since rotary positions rotate pairs"
            )
        inv_freq_scaling, attention_factor = lookup(ROPE_SCALINGS, "rope_scaling", scaling)(config, dim)
        if config.rope_attention_factor is not None and scaling != "none":
            attention_factor = config.rope_attention_factor
        inv_freq = theta ** -(torch.arange(0, dim, 2) / dim) * inv_freq_scaling
        angle = torch.outer(torch.arange(config.max_seq_len), inv_freq)
        self.register_buffer("cos", angle.cos() * attention_factor, persistent=False)
        self.register_buffer("sin", angle.sin() * attention_factor, persistent=False)
        rotation = apply_rotary_interleaved if config.rope_interleaved else apply_rotary
        self.rotation = rotation if dim == config.rotary_dim else partial(rotate_part, rotation)

    def forward(self, position: Int[Tensor, "*batch T"]) -> Context:
        """The tables' rows for these positions, the same for all heads."""
        cos, sin = self.cos[position][..., None, :], self.sin[position][..., None, :]
        return Context(position, cos, sin, self.rotation)


def build_general_rotary(config: GPTConfig) -> nn.Module:
    """Rotary positions with config.rope_theta, scaled as the configuration says."""
    return GeneralRotaryPositions(config, config.rope_theta, config.rope_scaling)


def build_local_rotary(config: GPTConfig) -> nn.Module:
    """Rotary positions with config.rope_local_theta and without scaling, for layers with a window (Gemma 3), of another
    part of a head where config.rope_local_fraction says so (Laguna)."""
    local = replace(config, rope_fraction=config.rope_local_fraction or config.rope_fraction)
    return GeneralRotaryPositions(local, config.rope_local_theta, "none")


POSITION_ENCODINGS["rope_local"] = build_local_rotary
