"""Top-k and top-p by sorting; a draw of the rank, then the token of that rank."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, but is {temperature}")
    if top_k is not None and top_k <= 0:
        raise ValueError(f"top_k must be positive, but is {top_k}")
    for share in (top_p, min_p):
        if share is not None and not (share > 0 and share <= 1):
            raise ValueError(f"top_p and min_p must be shares, but one is {share}")
    ranked, order = torch.sort(logits, dim=-1, descending=True)
    if temperature == 0:
        ranked = torch.zeros_like(ranked)
        ranked[:, 0] = 1
    else:
        kept = torch.softmax(ranked[:, :top_k] / temperature, dim=-1)
        ranked = torch.cat((kept, torch.zeros_like(ranked[:, kept.size(1) :])), dim=-1)
        if top_p is not None:
            ranked = keep_nucleus(ranked, top_p)
        if min_p is not None:
            ranked = keep_likely(ranked, min_p)
    return ranked.gather(-1, order.argsort(dim=-1))
