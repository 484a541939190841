"""Torch's own fused attention, which knows about groups and causality."""

from torch import nn
from torch.nn import functional as F

from .norms import rms_norm
from .positions import apply_rotary


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, C = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        q = rms_norm(apply_rotary(q, context.cos, context.sin), self.norm_eps)
        k = rms_norm(apply_rotary(k, context.cos, context.sin), self.norm_eps)
        q, k, v = (y.transpose(1, 2) for y in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.o_proj(y.transpose(1, 2).contiguous().view(B, T, C))
