"""Queries, keys and values by slices of the channels, and the norm written out on the heads."""

import torch
from torch import nn


class KimiDeltaAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, D, kernel = self.n_head, self.head_dim, self.conv_weight.shape[-1]
        qkv, g, beta = recall(context, kernel - 1, self.qkv_proj(x), *self.gates(x))
        mixed = short_conv(qkv, self.conv_weight)
        q, k, v = (mixed[..., i * H * D : (i + 1) * H * D].reshape(B, T, H, D) for i in range(3))
        q, k, g = self.qk_norm(q) / D**0.5, self.qk_norm(k), g.reshape(B, T, H, D)
        y = scan(context, kimi_delta_rule, *(each.transpose(1, 2) for each in (q, k, v, g, beta)))
        y = y.transpose(1, 2)
        gate = torch.sigmoid(self.g_b_proj(self.g_a_proj(x))).view(B, T, H, D)
        y = rms_norm(y, self.norm_eps) * self.norm_weight * gate
        return self.dropout(self.o_proj(y.reshape(B, T, H * D)))
