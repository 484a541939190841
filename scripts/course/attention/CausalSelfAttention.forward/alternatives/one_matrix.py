"""Queries, keys and values by a single product with all three matrices; an if and an else for the norm's place."""

import torch
from torch import nn
from torch.nn import functional as F


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, G, D = self.n_head, self.n_kv_head, self.head_dim
        projections = (self.q_proj, self.k_proj, self.v_proj)
        weight = torch.cat([projection.weight for projection in projections])
        bias = None if self.q_proj.bias is None else torch.cat([projection.bias for projection in projections])
        q, k, v = F.linear(x, weight, bias).view(B, T, H + 2 * G, D).split((H, G, G), dim=2)
        if self.qk_norm_after_rotary:
            q, k = self.q_norm(context.rotate(q)), self.k_norm(context.rotate(k))
        else:
            q, k = context.rotate(self.q_norm(q)), context.rotate(self.k_norm(k))
        out = self.attend(q, k, v, context).reshape(B, T, H * D)
        if self.gate_proj is None:
            return self.dropout(self.o_proj(out))
        return self.dropout(self.o_proj(torch.sigmoid(self.gate_proj(x)).mul(out)))
