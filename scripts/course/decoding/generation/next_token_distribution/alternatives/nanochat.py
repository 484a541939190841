"""As nanochat and nanoGPT write it: mask a copy in place where logits are below the last value of topk."""

import torch
from torch.nn import functional as F


def next_token_distribution(logits, temperature=1.0, top_k=None):
    if temperature == 0.0:
        next_ids = torch.argmax(logits, dim=-1, keepdim=True)
        return torch.zeros_like(logits).scatter_(1, next_ids, 1.0)
    logits = logits / temperature
    if top_k is not None:
        v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
        logits[logits < v[:, [-1]]] = -float("Inf")
    return F.softmax(logits, dim=-1)
