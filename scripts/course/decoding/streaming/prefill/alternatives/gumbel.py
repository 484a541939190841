"""Samples by Gumbel noise instead of multinomial; the new tokens are gathered in lists."""

import torch

from .cache import KVCache


def prefill(model, texts):
    longest, shortest = max(map(len, texts)), min(map(len, texts))
    # Filled up with the last token once more, since some token it must be.
    rows = [torch.cat((text, text[-1:].expand(longest - len(text)))) for text in texts]
    cache = KVCache(model.config, rollback_window=longest - shortest)
    logits = model(torch.stack(rows), cache=cache)
    cache.crop(torch.tensor([len(text) for text in texts], device=logits.device))
    return torch.stack([row[len(text) - 1] for row, text in zip(logits, texts, strict=True)]), cache
