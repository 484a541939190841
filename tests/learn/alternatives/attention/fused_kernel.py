"""Torch's own fused attention, which knows about groups and causality; with a mask only where there is a bias."""

import torch
from torch import nn
from torch.nn import functional as F


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        before, after = (nn.Identity(), nn.Identity()), (self.q_norm, self.k_norm)
        if not self.qk_norm_after_rotary:
            before, after = after, before
        q, k = (last(context.rotate(first(y))) for first, last, y in zip(before, after, (q, k), strict=True))
        q, k, v = (y.transpose(1, 2) for y in (q, k, v))
        mask = None
        if context.bias is not None:
            hidden = torch.full((T, T), float("-inf"), device=x.device).triu(1)
            mask = (context.bias + hidden).to(q.dtype)
        y = F.scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=mask,
            dropout_p=self.dropout.p if self.training else 0.0,
            is_causal=mask is None,
            scale=self.scale,
            enable_gqa=True,
        )
        return self.dropout(self.o_proj(y.transpose(1, 2).contiguous().view(B, T, self.n_head * self.head_dim)))
