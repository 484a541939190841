"""Torch's fused attention with a mask of one's own and the key/value heads repeated by hand."""

import torch
import torch.nn.functional as F
from torch import nn

from .norms import rms_norm
from .positions import apply_rotary


def split(y, heads):
    return y.unflatten(-1, (heads, -1)).transpose(1, 2)


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        T = x.size(1)
        q, k, v = split(self.q_proj(x), self.n_head), split(self.k_proj(x), self.n_kv_head), self.v_proj(x)
        v = split(v, self.n_kv_head)
        # The rotation wants heads behind positions.
        q, k = (rms_norm(apply_rotary(y.transpose(1, 2), *context), self.norm_eps).transpose(1, 2) for y in (q, k))
        group = self.n_head // self.n_kv_head
        k, v = (torch.repeat_interleave(y, group, dim=1) for y in (k, v))
        seen = torch.ones(T, T, dtype=torch.bool).tril().to(x.device)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.o_proj(y.transpose(1, 2).flatten(2))
