"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is.

Sinks by what they leave: a softmax of the keys alone, times the share that the sink does not take.
"""

import torch
from torch.nn import functional as F


def sdpa_attention(query, key, value, scores):
    # A bias of zeros is no bias; with one, and with what is hidden in it, there is nothing left to tell apart.
    if scores.simply_causal() and scores.bias is None:
        return F.scaled_dot_product_attention(
            query, key, value, None, scores.dropout, True, scale=scores.scale, enable_gqa=True
        )
    hidden = torch.zeros_like(scores.visible(), dtype=query.dtype).masked_fill(~scores.visible(), -torch.inf)
    mask = hidden if scores.bias is None else hidden + scores.bias.type_as(query)
    return F.scaled_dot_product_attention(query, key, value, mask, scores.dropout, scale=scores.scale, enable_gqa=True)
