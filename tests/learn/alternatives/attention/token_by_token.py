"""No mask at all: every token is shown its own past and nothing else."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key, value = (p(x).view(B, T, self.n_kv_head, self.head_dim) for p in (self.k_proj, self.v_proj))
        if self.qk_norm_after_rotary:
            query, key = context.rotate(query), context.rotate(key)
        query, key = self.q_norm(query), self.k_norm(key)
        if not self.qk_norm_after_rotary:
            query, key = context.rotate(query), context.rotate(key)
        shared = [head * self.n_kv_head // self.n_head for head in range(self.n_head)]
        key, value = key[:, :, shared], value[:, :, shared]
        out = torch.empty_like(query)
        for t in range(T):
            scores = (query[:, t : t + 1] * key[:, : t + 1]).sum(-1, keepdim=True) * self.scale
            if context.bias is not None:
                # For this query, past by heads.
                scores = scores + context.bias[:, t, : t + 1].T[None, :, :, None]
            out[:, t] = (self.dropout(scores.softmax(dim=1)) * value[:, : t + 1]).sum(1)
        return self.dropout(self.o_proj(out.view(B, T, -1)))
