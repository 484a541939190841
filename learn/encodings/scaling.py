"""Rotary scaling: how a model reads longer sequences than it was trained on.

Each function returns what every inverse frequency is multiplied by, and the factor of both tables.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug


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
    debug("linear_scaling", config=config, dim=dim)
    # Divide all inverse frequencies alike: positions 0 ... factor * T get the angles of 0 ... T, which the model knows.
    raise NotImplementedError("TODO: return one divided by the factor for every pair, and an attention_factor of one")


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
    debug("ntk_scaling", config=config, dim=dim)
    # Compute by how much the sequences are longer than those of training.
    # Leave the highest frequency as it is, to tell neighbours apart; divide the lowest by all the growth.
    raise NotImplementedError("TODO: return an inv_freq scaling that falls from 1 for the first pair to 1/growth")


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
    debug("yarn_scaling", config=config, dim=dim)
    # Compute which pair rotates so many times over the original length.
    # Keep the pairs up to `low`, which rotate 32 times and more: they tell neighbours apart. Interpolate those from
    # `high` on, which have not made one rotation in training: larger angles would be new to the model.
    # Scale the tables, and with them the scores, to sharpen a softmax that many more keys have made flat.
    raise NotImplementedError("TODO: keep high frequencies, interpolate low ones; return the attention_factor too")


ROPE_SCALINGS = {"none": no_scaling, "linear": linear_scaling, "ntk": ntk_scaling, "yarn": yarn_scaling}
