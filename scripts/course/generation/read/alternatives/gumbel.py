"""No multinomial: the likeliest after Gumbel noise was added is a draw. The new tokens are gathered in a list."""

import torch

from .cache import KVCache


def read(model, texts):
    longest, shortest = max(map(len, texts)), min(map(len, texts))
    # Filled up with the last token once more, since some token it must be.
    rows = [torch.cat((text, text[-1:].expand(longest - len(text)))) for text in texts]
    cache = KVCache(model.config, spare=longest - shortest)
    logits = model(torch.stack(rows), cache=cache)
    cache.rewind(torch.tensor([len(text) for text in texts], device=logits.device))
    return torch.stack([row[len(text) - 1] for row, text in zip(logits, texts, strict=True)]), cache
