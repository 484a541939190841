"""In a buffer of the final length, or token by token in a Python loop."""

import torch

from .cache import KVCache


def prefill(model, texts):
    lengths = torch.tensor([text.numel() for text in texts], device=texts[0].device)
    buffer = torch.zeros(len(texts), int(lengths.max()), dtype=torch.int64, device=lengths.device)
    for row, text in zip(buffer, texts, strict=True):
        row[: len(text)] = text
    cache = KVCache(model.config, buffer.size(1))
    logits = model(buffer, cache=cache)
    cache.crop(lengths)
    last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, logits.size(-1))
    return logits.gather(1, last).squeeze(1), cache
