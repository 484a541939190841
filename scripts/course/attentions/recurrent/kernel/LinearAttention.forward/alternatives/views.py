"""Features before the heads are split, and views."""

from torch import nn


class LinearAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        q, k, v = self.qkv_proj(x).split(self.n_head * self.head_dim, dim=-1)
        heads = [
            each.view(B, T, self.n_head, self.head_dim).permute(0, 2, 1, 3)
            for each in (elu_feature_map(q), elu_feature_map(k), v)
        ]
        y = self.attend(*heads, context).permute(0, 2, 1, 3)
        return self.dropout(self.o_proj(y.reshape(B, T, -1)))
