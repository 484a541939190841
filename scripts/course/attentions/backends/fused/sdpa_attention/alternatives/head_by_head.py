"""One head after the other, with a softmax by hand, in which a sink is one more summand below the line."""

import torch
from torch.nn import functional as F


def sdpa_attention(query, key, value, mods):
    # Keys and values repeated by hand; a boolean mask where there is no bias, a mask of numbers where there is one.
    group = query.shape[1] // key.shape[1]
    key, value = (torch.repeat_interleave(y, group, dim=1) for y in (key, value))
    options = {"dropout_p": mods.dropout, "scale": mods.scale}
    if mods.bias is not None:
        options["attn_mask"] = torch.where(mods.mask(), mods.bias, float("-inf")).to(query.dtype)
    elif mods.simply_causal():
        options["is_causal"] = True
    else:
        options["attn_mask"] = mods.mask()
    return F.scaled_dot_product_attention(query, key, value, **options)
