"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is.

Sinks by what they leave: a softmax of the keys alone, times the share that the sink does not take.
"""

import torch
from torch.nn import functional as F


def manual_attention(query, key, value, scores):
    B, H, Tq, D = query.shape
    G = key.size(1)
    grouped = query.reshape(B, G, H // G, Tq, D)
    s = torch.einsum("bgitd,bgsd->bgits", grouped, key).reshape(B, H, Tq, -1) * scores.scale
    if scores.softcap is not None:
        s = soft_cap(s, scores.softcap)
    if scores.bias is not None:
        s = scores.bias + s
    lowest = torch.tensor(torch.finfo(s.dtype).min, dtype=s.dtype)
    s = torch.where(scores.visible(), s, lowest)
    weights = torch.softmax(s, dim=-1) if scores.sinks is None else softmax_with_sinks(s, scores.sinks)
    weights = F.dropout(weights.type_as(value), p=scores.dropout, training=scores.dropout > 0)
    out = torch.einsum("bgits,bgsd->bgitd", weights.unflatten(1, (G, H // G)), value)
    return out.flatten(1, 2)
