"""Generation: let the model continue a text, one token at a time."""

import torch
from jaxtyping import Int
from torch import Tensor

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
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(
            f"temperature = {temperature}, top_k = {top_k}: at least 0, and at least 1 or None, are needed"
        )
    for _ in range(max_new_tokens):
        # The model sees no more than it has positions for: the end of the text.
        logits = model(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        # Temperature 0: no dice, the likeliest token.
        if temperature == 0:
            following = logits.argmax(dim=-1, keepdim=True)
        else:
            # Temperature: below 1 the likely get likelier, above 1 everything gets more even.
            logits = logits / temperature
            # Top-k: rule out everything but the k best, and no more than k where some are equally good.
            if top_k is not None:
                best = logits.topk(min(top_k, logits.size(-1)))
                logits = torch.full_like(logits, float("-inf")).scatter(-1, best.indices, best.values)
            # Roll the dice.
            following = torch.multinomial(logits.softmax(dim=-1), num_samples=1, generator=generator)
        # What was drawn is part of the text for the next round.
        tokens = torch.cat((tokens, following), dim=1)
    return tokens
