"""Norm and rotation as two steps in a list, which is turned round.

The scale is put on the queries, mask and bias are one table that is added, the softmax runs in float32.
"""

import torch
from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        return self.norm(x.flatten(start_dim=2)).view_as(x)


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)

    def forward(self, x, context):
        T = x.shape[1]
        query, key = self.heads(self.q_proj(x), self.n_head), self.heads(self.k_proj(x), self.n_kv_head)
        value = self.heads(self.v_proj(x), self.n_kv_head)
        steps = [
            lambda q, k: (self.q_norm(q), self.k_norm(k)),
            lambda q, k: (context.rotate(q), context.rotate(k)),
        ]
        for step in reversed(steps) if self.qk_norm_after_rotary else steps:
            query, key = step(query, key)
        # Every key/value head seen from each of its query heads, without a copy.
        group = self.n_head // self.n_kv_head
        key, value = (y.unsqueeze(3).expand(-1, -1, -1, group, -1).flatten(2, 3) for y in (key, value))
        query, key, value = (y.transpose(1, 2) for y in (query * self.scale, key, value))
        table = torch.full((T, T), float("-inf")).triu(1).to(x.device, torch.float32)
        if context.bias is not None:
            table = table + context.bias
        weights = ((query @ key.mT).float() + table).softmax(-1).to(value.dtype)
        return self.dropout(self.o_proj((self.dropout(weights) @ value).transpose(1, 2).flatten(-2)))
