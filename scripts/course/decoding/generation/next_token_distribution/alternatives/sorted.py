"""Everything in sorted order, and back at the end."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None):
    ranked, order = torch.sort(logits, dim=-1, descending=True)
    if temperature == 0:
        ranked = torch.zeros_like(ranked)
        ranked[:, 0] = 1
    else:
        kept = torch.softmax(ranked[:, :top_k] / temperature, dim=-1)
        ranked = torch.cat((kept, torch.zeros_like(ranked[:, kept.size(1) :])), dim=-1)
    return ranked.gather(-1, order.argsort(dim=-1))
