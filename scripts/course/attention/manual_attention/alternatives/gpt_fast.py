"""As gpt-fast and torch's documentation: queries scaled first, a bias of minus infinity."""

import torch


def manual_attention(query, key, value, mask, scale):
    attn_bias = torch.zeros(mask.shape, dtype=query.dtype, device=query.device)
    attn_bias.masked_fill_(mask.logical_not(), float("-inf"))
    attn_weight = (query * scale) @ key.transpose(-2, -1) + attn_bias
    return torch.softmax(attn_weight, dim=-1) @ value
