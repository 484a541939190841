"""Generation: let the model continue a text, one token at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from ..gpt import GPT


def next_token_distribution(
    logits: Float[Tensor, "B V"], temperature: float = 1.0, top_k: int | None = None
) -> Float[Tensor, "B V"]:
    r"""The probabilities to sample the next token from: softmax(logits / temperature) over the top_k largest logits.

    Temperature 0 is greedy: one-hot at one largest logit, in the dtype of logits. A top_k above V keeps all tokens; of
    tokens that tie for the k-th place, keep all or exactly k.

    Top-k: Fan et al. 2018 (arXiv:1805.04833), section 5.
    """
    # Temperature 0 is greedy decoding: probability 1 for the token with the largest logit.
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.size(-1)).to(logits.dtype)
    # Divide by the temperature: below 1 sharpens the distribution, above 1 flattens it.
    logits = logits / temperature
    # Top-k: mask the logits below the k-th largest with -inf.
    if top_k is not None:
        v, _ = logits.topk(min(top_k, logits.size(-1)))
        logits = logits.masked_fill(logits < v[:, [-1]], float("-inf"))
    # Normalise over the vocabulary.
    return logits.softmax(dim=-1)


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
    for _ in range(max_new_tokens):
        # Crop the context to the last max_seq_len tokens; take the logits at the last position: (B, V).
        logits = model(tokens[:, -model.config.max_seq_len :])[:, -1, :]
        # Sample the next token: (B, 1).
        p = next_token_distribution(logits, temperature, top_k)
        next_token = torch.multinomial(p, num_samples=1, generator=generator)
        # Append it to the sequence and continue.
        tokens = torch.cat((tokens, next_token), dim=1)
    return tokens
