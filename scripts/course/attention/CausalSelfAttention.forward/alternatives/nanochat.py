"""As nanochat: split into heads, rotate, norm. Only who computes the scores is left to attend."""

from torch import nn


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.size()
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        q, k = context.rotate(q), context.rotate(k)
        q, k = rms_norm(q, self.norm_eps), rms_norm(k, self.norm_eps)
        y = self.attend(q, k, v, context)
        y = y.contiguous().view(B, T, -1)
        y = self.o_proj(y)
        return y
