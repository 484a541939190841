"""Ones joined by cat, and the two parts split by size."""

import torch
from torch import nn


class LinearAttention(nn.Module):
    def attend(self, query, key, value, context):
        values = torch.cat((value, torch.ones_like(value[..., :1])), dim=-1)
        none = query.new_zeros(query.shape[:-1])
        wide = torch.promote_types(query.dtype, torch.float32)
        read, total = scan(context, linear_attention, query.to(wide), key, values, none).split([value.size(-1), 1], -1)
        return torch.div(read, total + NORMALISER_EPS).to(value.dtype)
