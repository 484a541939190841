"""A buffer of the final length, made once. Top-k after the softmax, by a mask; streams and drafts in buffers too."""

import torch


def rescaled(p, keep):
    p = torch.where(keep, p, torch.zeros_like(p))
    return p.div(p.sum(-1, keepdim=True))


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if not (temperature >= 0 and (top_k is None or top_k >= 1)):
        raise ValueError(f"temperature {temperature} or top_k {top_k} out of range")
    for name, share in {"top_p": top_p, "min_p": min_p}.items():
        if share is not None and (share <= 0 or share > 1):
            raise ValueError(f"{name} = {share} is no share")
    if temperature == 0:
        return torch.zeros_like(logits).scatter_(1, logits.argmax(-1, keepdim=True), 1.0)
    p = torch.softmax(logits / temperature, dim=-1)
    if top_k is not None and top_k < logits.shape[-1]:
        best = p.topk(top_k).indices
        p = rescaled(p, torch.zeros_like(p, dtype=torch.bool).scatter_(1, best, True))
    p = p if top_p is None else keep_nucleus(p, top_p)
    return p if min_p is None else keep_likely(p, min_p)
