"""One head after the other, with a softmax by hand, in which a sink is one more summand below the line."""

import torch
from torch import nn
from torch.nn import functional as F


def softmax_with_sinks(scores, sinks):
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    sinks = sinks.to(wide.dtype)[None, :, None, None]
    # The largest number of all, sink or score, is taken off before anything grows too large.
    top = torch.maximum(wide.max(dim=-1, keepdim=True).values, sinks).detach()
    parts = torch.exp(wide - top)
    return (parts / (parts.sum(dim=-1, keepdim=True) + torch.exp(sinks - top))).to(scores.dtype)


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


def sdpa_attention(query, key, value, scores):
    # Keys and values repeated by hand; a boolean mask where there is no bias, a mask of numbers where there is one.
    group = query.shape[1] // key.shape[1]
    key, value = (torch.repeat_interleave(y, group, dim=1) for y in (key, value))
    options = {"dropout_p": scores.dropout, "scale": scores.scale}
    if scores.bias is not None:
        options["attn_mask"] = torch.where(scores.visible(), scores.bias, float("-inf")).to(query.dtype)
    elif scores.simply_causal():
        options["is_causal"] = True
    else:
        options["attn_mask"] = scores.visible()
    return F.scaled_dot_product_attention(query, key, value, **options)
