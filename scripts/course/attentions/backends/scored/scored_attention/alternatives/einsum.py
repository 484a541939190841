"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is.

Sinks by what they leave: a softmax of the keys alone, times the share that the sink does not take.
"""

import torch
from torch.nn import functional as F


def scored_attention(query, key, value, mods):
    B, H, Tq, D = query.shape
    G = key.size(1)
    wide = torch.promote_types(query.dtype, torch.float32)
    grouped = query.reshape(B, G, H // G, Tq, D).to(wide)
    s = torch.einsum("bgitd,bgsd->bgits", grouped, key.to(wide)).reshape(B, H, Tq, -1) * mods.scale
    if mods.softcap is not None:
        s = soft_cap(s, mods.softcap)
    if mods.bias is not None:
        s = mods.bias + s
    lowest = torch.tensor(torch.finfo(s.dtype).min, dtype=s.dtype)
    s = torch.where(mods.mask(), s, lowest)
    weights = torch.softmax(s, dim=-1) if mods.sinks is None else softmax_with_sinks(s, mods.sinks)
    weights = F.dropout(weights.type_as(value), p=mods.dropout, training=mods.dropout > 0)
    out = torch.einsum("bgits,bgsd->bgitd", weights.unflatten(1, (G, H // G)), value)
    return out.flatten(1, 2)
