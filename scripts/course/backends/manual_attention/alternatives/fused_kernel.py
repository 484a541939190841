"""Torch's fused attention wherever it can; scale on the queries, mask and bias in one table that is added."""

import torch
from torch.nn import functional as F


def manual_attention(query, key, value, scores):
    group = query.size(1) // key.size(1)
    # Every key/value head seen from each of its query heads, without a copy.
    key, value = (y.unsqueeze(2).expand(-1, -1, group, -1, -1).flatten(1, 2) for y in (key, value))
    table = torch.zeros(scores.visible().shape, dtype=torch.float32, device=query.device)
    table = table.masked_fill(~scores.visible(), float("-inf")).to(torch.promote_types(query.dtype, torch.float32))
    if scores.bias is not None:
        table = table + scores.bias
    if scores.softcap is None and scores.sinks is None:
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=table.to(query.dtype), dropout_p=scores.dropout, scale=scores.scale
        )
    fit = (query * scores.scale) @ key.transpose(-2, -1)
    if scores.softcap is not None:
        fit = soft_cap(fit, scores.softcap)
    fit = fit.to(table.dtype) + table
    if scores.sinks is not None:
        # The sink as one more key, whose value is nothing.
        sink = scores.sinks.to(fit.dtype).view(1, -1, 1, 1).repeat(fit.size(0), 1, fit.size(2), 1)
        fit = torch.cat((sink, fit), dim=3)
        value = torch.cat((torch.zeros_like(value[:, :, :1]), value), dim=2)
    return F.dropout(fit.softmax(-1).to(value.dtype), scores.dropout) @ value
