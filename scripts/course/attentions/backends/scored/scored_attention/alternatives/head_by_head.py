"""One head after the other, with a softmax by hand, in which a sink is one more summand below the line."""

import torch
from torch import nn


def scored_attention(query, key, value, mods):
    B, H, Tq, _ = query.shape
    drop = nn.Dropout(mods.dropout)
    wide = torch.promote_types(query.dtype, torch.float32)
    seen = mods.mask().expand(B, 1, Tq, key.size(2))[:, 0]
    outs = []
    for head in range(H):
        shared = head * key.size(1) // H
        s = torch.bmm(query[:, head].to(wide), key[:, shared].to(wide).transpose(1, 2)) * mods.scale
        if mods.softcap:
            s = torch.tanh(s / mods.softcap) * mods.softcap
        if mods.bias is not None:
            s = s + mods.bias[..., head, :, :]
        s = s.masked_fill(seen.logical_not(), -1e9)
        parts = torch.exp(s - s.max(dim=-1, keepdim=True).values.detach())
        below = parts.sum(dim=-1, keepdim=True)
        if mods.sinks is not None:
            below = below + torch.exp(mods.sinks[head] - s.max(dim=-1, keepdim=True).values.detach())
        outs.append(drop((parts / below).to(value.dtype)) @ value[:, shared])
    return torch.stack(outs, dim=1)
