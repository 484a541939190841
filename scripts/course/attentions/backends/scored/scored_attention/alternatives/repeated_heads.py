"""Every query head gets a key/value head of its own, a copy, and there is nothing to fold."""

import torch
from torch.nn import functional as F

from ...norms import soft_cap


def scored_attention(query, key, value, mods):
    times = query.shape[1] // key.shape[1]
    key = key.repeat_interleave(times, dim=1)
    value = value.repeat_interleave(times, dim=1)
    wide = torch.promote_types(query.dtype, torch.float32)
    s = torch.matmul(query.to(wide) * mods.scale, key.to(wide).transpose(-2, -1))
    if mods.softcap is not None:
        s = soft_cap(s, mods.softcap)
    if mods.bias is not None:
        s = s + mods.bias
    s = torch.where(mods.mask(), s, float("-inf"))
    weights = F.softmax(s, dim=-1) if mods.sinks is None else softmax_with_sinks(s, mods.sinks)
    weights = F.dropout(weights, p=mods.dropout)
    return torch.matmul(weights.to(value.dtype), value)
