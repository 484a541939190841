"""Einsums over an axis of groups, so that no key or value is ever repeated. Masked with the lowest number there is."""

import torch
from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        # Flatten and split by name of the axes: a view in, a view out.
        B, T, heads, D = x.shape
        return self.norm(x.reshape(B, T, heads * D)).reshape(B, T, heads, D)


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        H, G, D = self.n_head, self.n_kv_head, self.head_dim
        query, key = self.q_proj(x).reshape(B, T, H, D), self.k_proj(x).reshape(B, T, G, D)
        value = self.v_proj(x).reshape(B, T, G, D)
        if self.qk_norm_after_rotary:
            query, key = self.q_norm(context.rotate(query)), self.k_norm(context.rotate(key))
        else:
            query, key = context.rotate(self.q_norm(query)), context.rotate(self.k_norm(key))
        scores = torch.einsum("btgid,bsgd->bgits", query.view(B, T, G, H // G, D), key) * self.scale
        if context.bias is not None:
            scores = scores + context.bias.view(G, H // G, T, T)
        position = torch.arange(T, device=x.device)
        lowest = torch.tensor(torch.finfo(scores.dtype).min, dtype=scores.dtype)
        weights = torch.softmax(torch.where(position[None, :] > position[:, None], lowest, scores), dim=-1)
        weights = self.dropout(weights.type_as(value))
        out = torch.einsum("bgits,bsgd->btgid", weights, value).reshape(B, T, H * D)
        return self.dropout(self.o_proj(out))
