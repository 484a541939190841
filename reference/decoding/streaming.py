"""Streaming generation for a batch of prompts of different lengths, with a KV cache: prefill, then decode."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..gpt import GPT
from .cache import KVCache
from .sampling import sampling_distribution


def prefill(model: GPT, prompts: Sequence[Int[Tensor, " T"]]) -> tuple[Float[Tensor, "B V"], KVCache]:
    r"""Prefill: run the model once on a batch of prompts of different lengths, and fill a KV cache.

    prompts: each (T,), int64, with 1 <= T <= config.max_seq_len. Pad them on the right to one batch; crop the cache to
    the length of each prompt behind it (`KVCache.crop`), for which its rollback_window must be long enough.
    Returns the logits at the last token of each prompt, (B, V), and the cache.
    """
    # The shorter prompts must be cropped by up to the longest padding: the cache keeps as many tokens for rollback.
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=prompts[0].device)
    cache = KVCache(model.config, rollback_window=int(lengths.max() - lengths.min()))
    # Pad on the right: the causal mask hides the padding from the prompt.
    logits = model(pad_sequence(list(prompts), batch_first=True), cache=cache)
    # Crop the padding from the cache, and take the logits at the last token of each prompt.
    cache.crop(lengths)
    return logits[torch.arange(len(prompts), device=lengths.device), lengths - 1], cache


@torch.inference_mode()
def generate_stream(
    model: GPT,
    prompts: Sequence[Int[Tensor, " T"]],
    max_new_tokens: int,
    stop_tokens: Sequence[int] = (),
    generator: torch.Generator | None = None,
    **sampling,
) -> Iterator[Int[Tensor, " B"]]:
    r"""Generate with a KV cache, for a batch of prompts of any lengths; yield each step as soon as it is sampled.

    prompts: each (T,), int64, T >= 1. stop_tokens: a sequence ends with the first of these, and the samples of the
    others stay what they would be without; stop when all have ended. sampling: temperature, top_k, top_p and min_p of
    `sampling_distribution`. After the prefill the model runs on new tokens only. Where a sequence outgrows
    config.max_seq_len, prefill again with the last max_seq_len tokens of all, for every token: the samples are those of
    `generate`.
    Yields (B,), int64: the next token of every sequence, -1 where it has ended before.
    """
    max_seq_len = model.config.max_seq_len
    sequences = list(prompts)
    ended = torch.zeros(len(sequences), dtype=torch.bool, device=sequences[0].device)
    stops = torch.tensor(stop_tokens, dtype=torch.int64, device=ended.device)
    # Prefill: the last max_seq_len tokens of every prompt.
    logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])
    for remaining in reversed(range(max_new_tokens)):
        # Sample the next token of every sequence, also of those that have ended: the samples of the others stay.
        p = sampling_distribution(logits, **sampling)
        next_token = torch.multinomial(p, num_samples=1, generator=generator)
        yield next_token.squeeze(1).masked_fill(ended, -1)
        # A stop token ends its sequence.
        ended = ended | torch.isin(next_token.squeeze(1), stops)
        if ended.all() or not remaining:
            return
        # Decode: run the model on the new tokens only; when all positions are used, prefill again.
        sequences = [torch.cat((sequence, token)) for sequence, token in zip(sequences, next_token, strict=True)]
        if cache.max_len < max_seq_len:
            logits = model(next_token, cache=cache)[:, -1]
        else:
            logits, cache = prefill(model, [sequence[-max_seq_len:] for sequence in sequences])
