"""The loss on held-out text, and what it is in bits per byte, which tokenizers have no part in."""

import math

import torch

from scripts.training.data import Batch
from scripts.training.loop import evaluate


def byte_counts(tokenizer) -> torch.Tensor:
    """How many bytes of UTF-8 each token stands for: (V,), int64."""
    if hasattr(tokenizer, "byte_counts"):
        return torch.as_tensor(tokenizer.byte_counts)
    return torch.tensor([len(tokenizer.decode([token]).encode()) for token in range(tokenizer.vocab_size)])


def held_out_loss(model, tokenizer, windows: Batch) -> dict[str, float]:
    """The mean loss over all windows, in nats per token, and

        bits per byte = loss * tokens / (ln 2 * bytes)

    where the bytes are those that the targets stand for.
    """
    loss = evaluate(model, windows, model.get_device())
    tokens, bytes = windows.targets.numel(), byte_counts(tokenizer)[windows.targets].sum().item()
    return {"val_loss": loss, "bits_per_byte": loss * tokens / (math.log(2) * bytes), "tokens": tokens, "bytes": bytes}
