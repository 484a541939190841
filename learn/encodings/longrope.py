"""LongRoPE: for every frequency a divisor of its own, found by a search."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from reference.config import GPTConfig

from .scaling import ROPE_SCALINGS


def longrope_scaling(config: GPTConfig, dim: int) -> tuple[Float[Tensor, " pairs"], float]:
    r"""LongRoPE: inverse frequencies divided by config.rope_long_factors where max_seq_len is longer than the original
    length, by config.rope_short_factors where it is not.

        scaling[i] = 1 / factors[i]
        attention_factor = sqrt(1 + ln(rope_factor) / ln(original))        1 where rope_factor <= 1

    Factors that are not given are 1. A model with long tables reads short texts with them too, where transformers takes
    the short factors: so what is cached stays right. Raises `ValueError` where there is no factor for every pair.

    Ding et al. 2024 (arXiv:2402.13753), section 3; Phi-3 (arXiv:2404.14219).
    """
    original = config.rope_original_seq_len or config.max_seq_len
    field = "rope_long_factors" if config.max_seq_len > original else "rope_short_factors"
    given = getattr(config, field)
    try:
        factors = torch.ones(dim // 2) if given is None else torch.tensor(list(map(float, given.split(","))))
    except ValueError:
        raise ValueError(f"{field} = {given!r}: it must be numbers with commas between them") from None
    if len(factors) != dim // 2 or not (factors > 0).all():
        raise ValueError(f"{field} = {given!r}: it must have a number greater than 0 for each of {dim // 2} pairs")
    grows = config.rope_factor > 1
    attention_factor = math.sqrt(1 + math.log(config.rope_factor) / math.log(original)) if grows else 1.0
    return 1 / factors, attention_factor


ROPE_SCALINGS["longrope"] = longrope_scaling
