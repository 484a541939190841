"""Exactly k logits, scattered into a row of minus infinity; the softmax by its logarithm."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None):
    if temperature == 0:
        best = logits.max(dim=-1, keepdim=True).indices
        return (torch.arange(logits.shape[-1], device=logits.device) == best).type_as(logits)
    logits = logits.div(temperature)
    if top_k:
        best, where = logits.topk(min(top_k, logits.shape[-1]), dim=-1)
        logits = torch.full_like(logits, -torch.inf).scatter(-1, where, best)
    return logits.log_softmax(dim=-1).exp()
