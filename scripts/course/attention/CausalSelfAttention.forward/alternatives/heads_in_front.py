"""A helper that norms and turns one of the two; projections as functions; the norm over the full width by pieces."""

import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def told(self, y, norm, context):
        """Queries or keys that know their positions."""
        before, after = (nn.Identity(), norm) if self.qk_norm_after_rotary else (norm, nn.Identity())
        return after(context.rotate(before(y)))

    def forward(self, x, context):
        q, k, v = (
            F.linear(x, projection.weight, projection.bias).unflatten(-1, (-1, self.head_dim))
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = self.told(q, self.q_norm, context), self.told(k, self.k_norm, context)
        y = torch.cat(self.attend(q, k, v, context).unbind(dim=2), dim=-1)
        if self.gate_proj is not None:
            # A sigmoid is half a hyperbolic tangent, and a half.
            y = y * (torch.tanh(self.gate_proj(x) / 2) + 1) / 2
        return F.dropout(self.o_proj(y), self.dropout.p, self.training)
