"""One head after the other, with a softmax by hand, in which a sink is one more summand below the line."""

import torch
from torch import nn


def manual_attention(query, key, value, scores):
    B, H, Tq, _ = query.shape
    drop = nn.Dropout(scores.dropout)
    seen = scores.visible().expand(B, 1, Tq, key.size(2))[:, 0]
    outs = []
    for head in range(H):
        shared = head * key.size(1) // H
        s = torch.bmm(query[:, head], key[:, shared].transpose(1, 2)) * scores.scale
        if scores.softcap:
            s = torch.tanh(s / scores.softcap) * scores.softcap
        if scores.bias is not None:
            s = s + scores.bias[..., head, :, :]
        s = s.masked_fill(seen.logical_not(), -1e9)
        parts = torch.exp(s - s.max(dim=-1, keepdim=True).values.detach())
        below = parts.sum(dim=-1, keepdim=True)
        if scores.sinks is not None:
            below = below + torch.exp(scores.sinks[head] - s.max(dim=-1, keepdim=True).values.detach())
        outs.append(drop((parts / below).to(value.dtype)) @ value[:, shared])
    return torch.stack(outs, dim=1)
