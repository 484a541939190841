"""As transformers' eager attention: a mask that is added, and the softmax in float32."""

import torch
from torch import nn


def manual_attention(query, key, value, mask, scale):
    attn_weights = torch.matmul(query, key.transpose(2, 3)) * scale
    attention_mask = torch.where(mask, 0.0, torch.finfo(query.dtype).min)
    attn_weights = attn_weights + attention_mask.to(query.dtype)
    attn_weights = nn.functional.softmax(attn_weights, dim=-1, dtype=torch.float32).to(query.dtype)
    return torch.matmul(attn_weights, value)
