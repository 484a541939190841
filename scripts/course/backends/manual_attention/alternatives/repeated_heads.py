"""Every query head gets a key/value head of its own, a copy, and there is nothing to fold."""

import torch
from torch.nn import functional as F

from .norms import soft_cap


def manual_attention(query, key, value, scores):
    times = query.shape[1] // key.shape[1]
    key = key.repeat_interleave(times, dim=1)
    value = value.repeat_interleave(times, dim=1)
    s = torch.matmul(query * scores.scale, key.transpose(-2, -1))
    if scores.softcap is not None:
        s = soft_cap(s, scores.softcap)
    if scores.bias is not None:
        s = s + scores.bias
    s = torch.where(scores.visible(), s, float("-inf"))
    weights = F.softmax(s, dim=-1) if scores.sinks is None else softmax_with_sinks(s, scores.sinks)
    weights = F.dropout(weights, p=scores.dropout)
    return torch.matmul(weights.to(value.dtype), value)
