"""Queries, keys and values by slices of the channels, and the tokens of this call cut out at the end."""

import torch
from torch import nn


class DeltaNet(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, D = self.n_head, self.head_dim
        beta = torch.sigmoid(self.b_proj(x))
        qkv, beta = recall(context, self.conv_weight.shape[-1] - 1, self.qkv_proj(x), beta)
        mixed = short_conv(qkv, self.conv_weight)
        N = mixed.size(1)
        q, k, v = (mixed[..., i * H * D : (i + 1) * H * D].view(B, N, H, D) for i in range(3))
        entries = [each.transpose(1, 2) for each in (self.qk_norm(q) / D**0.5, self.qk_norm(k), v)]
        none = beta.new_zeros(B, H, N)
        y = scan(context, gated_delta_rule, *entries, none, beta.transpose(1, 2)).transpose(1, 2)
        return self.dropout(self.o_proj(self.norm(y).reshape(B, N, H * D)[:, N - T :]))
