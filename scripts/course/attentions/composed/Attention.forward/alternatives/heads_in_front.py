"""Projections as functions; the heads' outputs concatenated one by one."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def forward(self, x, context):
        q, k, v = (
            F.linear(x, projection.weight, projection.bias).unflatten(-1, (-1, self.head_dim))
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        first, second = self.steps
        q, k = second(self, *first(self, q, k, context), context)
        y = torch.cat(self.attend(q, k, v, context).unbind(dim=2), dim=-1)
        return F.dropout(self.o_proj(self.gate(self, y, x)), self.dropout.p, self.training)
