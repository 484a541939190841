"""Top-k after the softmax, by a mask of exactly k tokens, then renormalised."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None):
    if temperature == 0:
        return torch.zeros_like(logits).scatter_(1, logits.argmax(-1, keepdim=True), 1.0)
    p = torch.softmax(logits / temperature, dim=-1)
    if top_k is not None and top_k < logits.shape[-1]:
        keep = torch.zeros_like(p, dtype=torch.bool).scatter_(1, p.topk(top_k).indices, True)
        p = torch.where(keep, p, torch.zeros_like(p))
        p = p.div(p.sum(-1, keepdim=True))
    return p
