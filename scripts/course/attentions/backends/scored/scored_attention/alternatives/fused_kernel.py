"""Torch's fused attention wherever it can; scale on the queries, mask and bias in one table that is added."""

import torch
from torch.nn import functional as F


def scored_attention(query, key, value, mods):
    group = query.size(1) // key.size(1)
    # Every key/value head seen from each of its query heads, without a copy.
    key, value = (y.unsqueeze(2).expand(-1, -1, group, -1, -1).flatten(1, 2) for y in (key, value))
    table = torch.zeros(mods.mask().shape, dtype=torch.float32, device=query.device)
    wide = torch.promote_types(query.dtype, torch.float32)
    table = table.masked_fill(~mods.mask(), float("-inf")).to(wide)
    if mods.bias is not None:
        table = table + mods.bias
    if mods.softcap is None and mods.sinks is None and mods.bias is None:
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=table.to(query.dtype), dropout_p=mods.dropout, scale=mods.scale
        )
    scores = (query.to(wide) * mods.scale) @ key.to(wide).transpose(-2, -1)
    if mods.softcap is not None:
        scores = soft_cap(scores, mods.softcap)
    scores = scores + table
    if mods.sinks is not None:
        # The sink as one more key, whose value is nothing.
        sink = mods.sinks.to(scores.dtype).view(1, -1, 1, 1).repeat(scores.size(0), 1, scores.size(2), 1)
        scores = torch.cat((sink, scores), dim=3)
        value = torch.cat((torch.zeros_like(value[:, :, :1]), value), dim=2)
    return F.dropout(scores.softmax(-1).to(value.dtype), mods.dropout) @ value
