"""Rotary scaling: how a model reads longer sequences than it was trained on.

Each function returns what every inverse frequency is multiplied by, and the factor of both tables.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig


def no_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""Angles as they are: scaling[i] = 1. Returns (ones, 1)."""
    return torch.ones(dim // 2), 1.0


def linear_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""Position interpolation: every inverse frequency divided by the same factor, config.rope_factor.

        scaling[i] = 1 / rope_factor

    dim: rotary_dim, how many dimensions of a head are rotated. Returns (inv_freq_scaling, attention_factor): (dim/2,),
    1/rope_factor throughout, and 1.

    Chen et al. 2023 (arXiv:2306.15595).
    """
    # Divide all inverse frequencies alike: positions 0 ... factor * T get the angles of 0 ... T, which the model knows.
    return torch.full((dim // 2,), 1 / config.rope_factor), 1.0


def ntk_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""NTK-aware scaling, a larger base: low frequencies are interpolated, high ones hardly change.

        growth = rope_factor * max_seq_len / original - (rope_factor - 1)
        scaling[i] = growth^(-i / (dim/2 - 1))        from 1 for the first pair down to 1/growth for the last

    This is theta' = theta * growth^(dim / (dim - 2)) in place of theta. A single pair is left alone.
    original is config.rope_original_seq_len, or config.max_seq_len where that is None. dim: rotary_dim, how many
    dimensions of a head are rotated. Returns (inv_freq_scaling, attention_factor): (dim/2,) and 1.

    transformers' "dynamic" kind, with the longest sequence fixed at max_seq_len, so that cached keys stay right.
    bloc97 2023 (reddit.com/r/LocalLLaMA, "NTK-Aware Scaled RoPE"); Peng et al. 2023 (arXiv:2309.00071), definition 1.
    """
    # Compute by how much the sequences are longer than those of training.
    original = config.rope_original_seq_len or config.max_seq_len
    growth = config.rope_factor * config.max_seq_len / original - (config.rope_factor - 1)
    # Leave the highest frequency as it is, to tell neighbours apart; divide the lowest by all the growth.
    return growth ** -(torch.arange(dim // 2) / max(dim // 2 - 1, 1)), 1.0


def yarn_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""YaRN: high frequencies stay, low ones are interpolated as by linear scaling, and a ramp lies between.

        rotations(i) = original * theta^(-2i / dim) / (2 pi)        full rotations over the original length
        pair(n) = dim * ln(original / (2 pi n)) / (2 ln theta)      the pair, not whole, that rotates n times
        low, high = floor(pair(32)), ceil(pair(1))                  cut to 0 ... dim - 1; if equal, high = low + 0.001
        keep[i] = 1 - clamp((i - low) / (high - low), 0, 1)
        scaling[i] = keep[i] + (1 - keep[i]) / rope_factor
        attention_factor = 0.1 ln(rope_factor) + 1                  1 where rope_factor <= 1

    original is config.rope_original_seq_len, or config.max_seq_len where that is None; theta is config.rope_theta. dim:
    rotary_dim, how many dimensions of a head are rotated. Returns (inv_freq_scaling, attention_factor): (dim/2,) and a
    number.

    Peng et al. 2023, YaRN (arXiv:2309.00071), sections 3.2 to 3.4, with the bounds 32 and 1 that it found for Llama.
    """
    original = config.rope_original_seq_len or config.max_seq_len

    # Compute which pair rotates so many times over the original length.
    def pair(rotations: float) -> float:
        return dim * math.log(original / (2 * math.pi * rotations)) / (2 * math.log(config.rope_theta))

    # Keep the pairs up to `low`, which rotate 32 times and more: they tell neighbours apart. Interpolate those from
    # `high` on, which have not made one rotation in training: larger angles would be new to the model.
    low, high = max(math.floor(pair(32)), 0), min(math.ceil(pair(1)), dim - 1)
    ramp = (torch.arange(dim // 2) - low) / ((high - low) or 0.001)
    keep = 1 - ramp.clamp(0, 1)
    # Scale the tables, and with them the scores, to sharpen a softmax that many more keys have made flat.
    attention_factor = 0.1 * math.log(config.rope_factor) + 1 if config.rope_factor > 1 else 1.0
    return keep + (1 - keep) / config.rope_factor, attention_factor


ROPE_SCALINGS = {"none": no_scaling, "linear": linear_scaling, "ntk": ntk_scaling, "yarn": yarn_scaling}
