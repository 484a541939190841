"""Draws by a uniform number and running sums of the probabilities; top-k by ruling out all the others."""

import math

import torch

MINUS_INFINITY = float("-inf")


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if min(temperature, math.inf if top_k is None else top_k - 1) < 0:
        raise ValueError((temperature, top_k))
    if not all(share is None or 0 < share <= 1 for share in (top_p, min_p)):
        raise ValueError((top_p, min_p))
    if temperature == 0:
        temperature, top_k, top_p, min_p = 1.0, 1, None, None
    if top_k is not None:
        worst = logits.argsort(dim=-1, descending=True)[:, top_k:]
        logits = logits.clone()
        logits[torch.arange(len(logits)).unsqueeze(1), worst] = MINUS_INFINITY
    p = (logits / temperature).softmax(dim=-1)
    if top_p is not None:
        p = keep_nucleus(p, top_p)
    if min_p is not None:
        p = keep_likely(p, min_p)
    return p
