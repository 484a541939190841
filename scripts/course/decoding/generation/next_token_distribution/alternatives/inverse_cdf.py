"""Top-k by masking all that come behind it in sorted order; temperature 0 as top_k = 1."""

import torch

MINUS_INFINITY = float("-inf")


def next_token_distribution(logits, temperature=1.0, top_k=None):
    if temperature == 0:
        temperature, top_k = 1.0, 1
    if top_k is not None:
        worst = logits.argsort(dim=-1, descending=True)[:, top_k:]
        logits = logits.clone()
        logits[torch.arange(len(logits)).unsqueeze(1), worst] = MINUS_INFINITY
    return (logits / temperature).softmax(dim=-1)
