"""A helper for both of queries and keys; projections as functions; the heads concatenated one by one."""

import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def placed(self, y, context):
        """Queries or keys, rotated and normalised."""
        return rms_norm(context.rotate(y), self.norm_eps)

    def forward(self, x, context):
        q, k, v = (
            F.linear(x, projection.weight).unflatten(-1, (-1, self.head_dim))
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        y = self.attend(self.placed(q, context), self.placed(k, context), v, context)
        return self.o_proj(torch.cat(y.unbind(dim=2), dim=-1))
