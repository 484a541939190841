"""Torch's fused attention, always with a mask of one's own that takes the bias in; keys and values repeated by hand."""

import torch
import torch.nn.functional as F
from torch import nn


def split(y, heads):
    return y.unflatten(-1, (heads, -1)).transpose(1, 2)


class FullWidthNorm(nn.Module):
    def forward(self, x):
        # One head after the other, then back into a stack.
        together = self.norm(torch.cat(x.unbind(dim=-2), dim=-1))
        return torch.stack(together.chunk(x.size(-2), dim=-1), dim=-2)


class CausalSelfAttention(nn.Module):
    def told(self, y, norm, context):
        """Queries or keys with the heads in front; norms and rotation want them behind the positions."""
        y = y.transpose(1, 2)
        y = context.rotate(y) if self.qk_norm_after_rotary else norm(y)
        y = norm(y) if self.qk_norm_after_rotary else context.rotate(y)
        return y.transpose(1, 2)

    def forward(self, x, context):
        T = x.size(1)
        q, k, v = split(self.q_proj(x), self.n_head), split(self.k_proj(x), self.n_kv_head), self.v_proj(x)
        v = split(v, self.n_kv_head)
        q, k = self.told(q, self.q_norm, context), self.told(k, self.k_norm, context)
        group = self.n_head // self.n_kv_head
        k, v = (torch.repeat_interleave(y, group, dim=1) for y in (k, v))
        seen = torch.ones(T, T, dtype=torch.bool).tril().to(x.device)
        if context.bias is not None:
            seen = context.bias.to(q.dtype).masked_fill(~seen, float("-inf"))
        p = self.dropout.p * self.training
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=p, scale=self.scale)
        return F.dropout(self.o_proj(y.transpose(1, 2).flatten(2)), p)
