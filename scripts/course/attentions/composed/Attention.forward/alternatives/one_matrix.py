"""Queries, keys and values by a single product with all three matrices."""

import functools

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, G, D = self.n_head, self.n_kv_head, self.head_dim
        projections = (self.q_proj, self.k_proj, self.v_proj)
        weight = torch.cat([projection.weight for projection in projections])
        bias = None if self.q_proj.bias is None else torch.cat([projection.bias for projection in projections])
        q, k, v = F.linear(x, weight, bias).view(B, T, H + 2 * G, D).split((H, G, G), dim=2)
        q, k = functools.reduce(lambda pair, step: step(self, *pair, context), self.steps, (q, k))
        out = self.attend(q, k, v, context).reshape(B, T, H * D)
        return self.dropout(self.o_proj(self.gate(self, out, x)))
