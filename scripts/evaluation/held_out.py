"""The loss on held-out text, and what it is in bits per byte, which can be compared between tokenizers."""

import math

import torch

from scripts.training.data import Corpus
from scripts.training.loop import evaluate


def byte_counts(tokenizer, running: bool) -> list[int]:
    """How many bytes of UTF-8 each token stands for. Between lines the boundary is a line end, between running texts
    nothing."""
    if hasattr(tokenizer, "byte_counts"):
        return tokenizer.byte_counts(running)
    counts = [len(tokenizer.decode([token]).encode()) for token in range(tokenizer.vocab_size)]
    counts[tokenizer.boundary] = 0 if running else 1
    return counts


def held_out_loss(model, corpus: Corpus) -> dict[str, float]:
    """The mean loss over all held-out windows, in nats per token, and

        bits per byte = loss * tokens / (ln 2 * bytes)

    where the bytes are those that the targets stand for.
    """
    windows = corpus.validation(model.config.max_seq_len)
    loss = evaluate(model, windows, model.get_device())
    counts = torch.tensor(byte_counts(corpus.tokenizer, corpus.running))
    tokens, bytes = windows.targets.numel(), counts[windows.targets].sum().item()
    return {"val_loss": loss, "bits_per_byte": loss * tokens / (math.log(2) * bytes), "tokens": tokens, "bytes": bytes}
