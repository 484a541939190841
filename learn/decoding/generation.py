"""Generation: let the model continue a text, one token at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from ..debug import debug
from ..gpt import GPT


def next_token_distribution(
    logits: Float[Tensor, "B V"], temperature: float = 1.0, top_k: int | None = None
) -> Float[Tensor, "B V"]:
    r"""The probabilities to sample the next token from: softmax(logits / temperature) over the top_k largest logits.

    Temperature 0 is greedy: one-hot at one largest logit, in the dtype of logits. A top_k above V keeps all tokens; of
    tokens that tie for the k-th place, keep all or exactly k.

    Top-k: Fan et al. 2018 (arXiv:1805.04833), section 5.
    """
    debug("next_token_distribution", logits=logits, temperature=temperature, top_k=top_k)
    # Temperature 0 is greedy decoding: probability 1 for the token with the largest logit.
    # Divide by the temperature: below 1 sharpens the distribution, above 1 flattens it.
    # Top-k: mask the logits below the k-th largest with -inf.
    # Normalise over the vocabulary.
    raise NotImplementedError("TODO: turn logits into probabilities with temperature and top-k")


@torch.inference_mode()
def generate(
    model: GPT,
    tokens: Int[Tensor, "B T"],
    max_new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "B T_out"]:
    r"""Append max_new_tokens tokens to every row of tokens, each sampled from `next_token_distribution`.

    The model sees the last config.max_seq_len tokens at most, and stays in the mode (training or not) that it is in.
    generator: sample with it. Returns (B, T + max_new_tokens).
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
    # Crop the context to the last max_seq_len tokens; take the logits at the last position: (B, V).
    # Sample the next token: (B, 1).
    # Append it to the sequence and continue.
    raise NotImplementedError("TODO: append tokens one at a time, each sampled from the model's distribution")
