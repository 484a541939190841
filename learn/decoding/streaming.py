"""Streaming generation for a batch of prompts of different lengths, with a KV cache: prefill, then decode."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from ..debug import debug
from ..gpt import GPT
from .cache import KVCache
from .sampling import sampling_distribution


def prefill(model: GPT, prompts: Sequence[Int[Tensor, " T"]]) -> tuple[Float[Tensor, "B V"], KVCache]:
    r"""Prefill: run the model once on a batch of prompts of different lengths, and fill a KV cache.

    prompts: each (T,), int64, with 1 <= T <= config.max_seq_len. Pad them on the right to one batch; crop the cache to
    the length of each prompt behind it (`KVCache.crop`), for which its rollback_window must be long enough.
    Returns the logits at the last token of each prompt, (B, V), and the cache.
    """
    debug("prefill", model=model, prompts=prompts)
    # The shorter prompts must be cropped by up to the longest padding: the cache keeps as many tokens for rollback.
    # Pad on the right: the causal mask hides the padding from the prompt.
    # Crop the padding from the cache, and take the logits at the last token of each prompt.
    raise NotImplementedError("TODO: run a batch of prompts of different lengths through the model once, and fill the KV cache")


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
    debug(
        "generate_stream",
        model=model,
        prompts=prompts,
        max_new_tokens=max_new_tokens,
        stop_tokens=stop_tokens,
        generator=generator,
        sampling=sampling,
    )
    # Prefill: the last max_seq_len tokens of every prompt.
    # Sample the next token of every sequence, also of those that have ended: the samples of the others stay.
    # A stop token ends its sequence.
    # Decode: run the model on the new tokens only; when all positions are used, prefill again.
    raise NotImplementedError("TODO: generate for several prompts at once with a KV cache, and yield each step as it is sampled")
