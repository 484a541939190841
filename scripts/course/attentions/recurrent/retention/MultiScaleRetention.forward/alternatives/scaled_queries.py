"""The queries scaled instead of the keys, and torch's group norm."""

from torch import nn
from torch.nn import functional as F


class MultiScaleRetention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        q = context.rotate(self.q_proj(x).view(B, T, self.n_head, self.head_dim)) / self.head_dim**0.5
        k = context.rotate(self.k_proj(x).view(B, T, self.n_head, self.head_dim))
        v = self.v_proj(x).view(B, T, self.n_head, self.value_head_dim)
        decay = self.log_gamma.view(1, -1, 1).repeat(B, 1, T)
        y = scan(context, linear_attention, q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), decay)
        y = y.transpose(1, 2).reshape(B * T, -1)
        y = F.group_norm(y, self.n_head, eps=self.norm_eps).view(B, T, -1)
        return self.dropout(self.o_proj(y * F.silu(self.gate_proj(x))))
