"""As nanochat: torch's own attention."""

from torch.nn import functional as F


def manual_attention(query, key, value, mask, scale):
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
