"""Views and permutations, and the decay for every token made at once."""

from torch import nn
from torch.nn import functional as F


class LightningAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        qkv = F.silu(self.qkv_proj(x))
        query, key, value = qkv.view(B, T, 3, self.n_head, self.head_dim).permute(2, 0, 3, 1, 4)
        log_decay = (-self.rates).view(1, -1, 1).repeat(B, 1, T)
        y = scan(context, linear_attention, query, key, value, log_decay)
        y = self.norm(y.permute(0, 2, 1, 3).reshape(B, T, -1))
        return self.dropout(self.o_proj(F.sigmoid(self.gate_proj(x)) * y))
