"""As nanoGPT: one product with all three matrices, which is split."""

import torch
from torch import nn
from torch.nn import functional as F


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.size()
        H, G, D = self.n_head, self.n_kv_head, self.head_dim
        c_attn = torch.cat((self.q_proj.weight, self.k_proj.weight, self.v_proj.weight))
        q, k, v = F.linear(x, c_attn).split((H * D, G * D, G * D), dim=2)
        q, k, v = q.view(B, T, H, D), k.view(B, T, G, D), v.view(B, T, G, D)
        q = F.rms_norm(context.rotate(q), (D,), eps=self.norm_eps)
        k = F.rms_norm(context.rotate(k), (D,), eps=self.norm_eps)
        y = self.attend(q, k, v, context).contiguous().view(B, T, H * D)
        return self.o_proj(y)
