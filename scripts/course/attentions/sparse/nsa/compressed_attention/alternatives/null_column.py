"""A row that is all hidden is given a zero score instead, and taken out again."""

import torch


def compressed_attention(query, key, value, query_position, size, stride, scale):
    group = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(group, dim=1), value.repeat_interleave(group, dim=1)
    wide = torch.promote_types(query.dtype, torch.float32)
    scores = torch.einsum("bhtd,bhnd->bhtn", query.to(wide) * scale, key.to(wide))
    last = torch.arange(size - 1, size + key.shape[2] * stride - 1, stride, device=key.device)[: key.shape[2]]
    hidden = last > query_position.view(-1, 1, query.shape[2], 1)
    nothing = hidden.all(dim=-1, keepdim=True)
    scores = scores.masked_fill(hidden & ~nothing, -torch.inf)
    weights = torch.where(nothing, 0.0, scores.softmax(-1))
    return torch.einsum("bhtn,bhnd->bhtd", weights.to(value.dtype), value), weights
