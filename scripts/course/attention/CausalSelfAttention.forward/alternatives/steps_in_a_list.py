"""Norm and rotation as two steps in a list, which is turned round; where there is no gate, one of ones."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)

    def forward(self, x, context):
        query, key = self.heads(self.q_proj(x), self.n_head), self.heads(self.k_proj(x), self.n_kv_head)
        value = self.heads(self.v_proj(x), self.n_kv_head)
        steps = [
            lambda q, k: (self.q_norm(q), self.k_norm(k)),
            lambda q, k: (context.rotate(q), context.rotate(k)),
        ]
        for step in reversed(steps) if self.qk_norm_after_rotary else steps:
            query, key = step(query, key)
        found = self.attend(query, key, value, context)
        gate = torch.ones_like(found) if self.gate_proj is None else self.gate_proj(x).sigmoid().view_as(found)
        return self.dropout(self.o_proj((gate * found).reshape(*x.shape[:2], -1)))
