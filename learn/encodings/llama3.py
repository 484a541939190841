"""Llama 3's rotary scaling: frequencies judged by their wavelengths."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from .scaling import ROPE_SCALINGS


def llama3_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""Llama 3.1's scaling: short wavelengths stay, long ones are interpolated, and a ramp lies between.

        rotations[i] = original * theta^(-2i / dim) / (2 pi)        full rotations over the original length
        keep[i] = clamp((rotations[i] - low) / (high - low), 0, 1)
        scaling[i] = keep[i] + (1 - keep[i]) / rope_factor

    low, high: config.rope_low_freq_factor and config.rope_high_freq_factor. original is config.rope_original_seq_len,
    or config.max_seq_len where that is None; theta is config.rope_theta. dim: rotary_dim, how many dimensions of a head
    are rotated. Returns (inv_freq_scaling, attention_factor): (dim/2,) and 1.

    Llama 3 (arXiv:2407.21783), section 3.4.2, and the code that came with Llama 3.1.
    """
    debug("llama3_scaling", config=config, dim=dim)
    # Compute how many full rotations each pair makes over the original length: that over its wavelength.
    # Keep the pairs that rotate `high` times and more, interpolate those that rotate `low` times and less; between the
    # two, the part that is kept grows evenly with the rotations.
    raise NotImplementedError("TODO: keep pairs that rotate often, interpolate those that rotate rarely, with a ramp between them")


ROPE_SCALINGS["llama3"] = llama3_scaling
