"""Generation: let the model continue a text, one token at a time."""

import torch
from jaxtyping import Int
from torch import Tensor

from .debug import debug
from .gpt import GPT


@torch.inference_mode()
def generate(
    model: GPT,
    tokens: Int[Tensor, "B T"],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "B T_out"]:
    r"""Continue every row of tokens by max_new_tokens tokens, drawn one after the other.

        p = softmax(logits[last] / temperature), over the top_k likeliest tokens only where top_k is given

    tokens: (B, T) with T >= 1, int64. temperature: 0 takes the likeliest token every time. generator: the source of
    randomness, for repeatable draws. Where the text outgrows config.max_seq_len the model sees its last tokens only.
    Returns (B, T + max_new_tokens): the prompt and what follows.

    Raises `ValueError` where temperature is negative or top_k smaller than 1.

    Top-k: Fan et al. 2018 (arXiv:1805.04833), section 5.
    """
    debug(
        "generate",
        model=model,
        tokens=tokens,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        generator=generator,
    )
    # The model sees no more than it has positions for: the end of the text.
    # Temperature 0: no dice, the likeliest token.
    # Temperature: below 1 the likely get likelier, above 1 everything gets more even.
    # Top-k: rule out everything but the k best, and no more than k where some are equally good.
    # Roll the dice.
    # What was drawn is part of the text for the next round.
    raise NotImplementedError("TODO: append tokens one at a time, each drawn from the model's own distribution")
