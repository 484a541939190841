"""Proportional rotary positions (p-RoPE): only the fastest pairs of a head turn."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from reference.config import GPTConfig

from ..debug import debug
from .scaling import ROPE_SCALINGS


def proportional_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""p-RoPE: the first pairs turn with the frequencies that they always have, the others not at all.

        scaling[i] = 1 / rope_factor where i < floor(p dim / 2), else 0        p: config.rope_proportion

    dim: rotary_dim, how many dimensions of a head are rotated. Returns (inv_freq_scaling, attention_factor): (dim/2,)
    and 1.

    Barbero et al. 2024 (arXiv:2410.06205), section 6; the global layers of Gemma 4.
    """
    debug("proportional_scaling", config=config, dim=dim)
    # Count the pairs that turn, beginning with those of the highest frequencies.
    # Stop the others: they carry what a token means, wherever it stands.
    raise NotImplementedError("TODO: let the first pairs turn as ever, and stop the others")


ROPE_SCALINGS["proportional"] = proportional_scaling
