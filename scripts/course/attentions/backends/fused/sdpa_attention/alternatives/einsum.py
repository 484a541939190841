"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is.

Sinks by what they leave: a softmax of the keys alone, times the share that the sink does not take.
"""

import torch
from torch.nn import functional as F


def sdpa_attention(query, key, value, mods):
    # A bias of zeros is no bias; with one, and with what is hidden in it, there is nothing left to tell apart.
    if mods.simply_causal() and mods.bias is None:
        return F.scaled_dot_product_attention(
            query, key, value, None, mods.dropout, True, scale=mods.scale, enable_gqa=True
        )
    hidden = torch.zeros_like(mods.mask(), dtype=query.dtype).masked_fill(~mods.mask(), -torch.inf)
    mask = hidden if mods.bias is None else hidden + mods.bias.type_as(query)
    return F.scaled_dot_product_attention(query, key, value, mask, mods.dropout, scale=mods.scale, enable_gqa=True)
