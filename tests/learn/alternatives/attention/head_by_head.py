"""One head after the other, with a softmax by hand and the mask written into the scores."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        for norm_now in (not self.qk_norm_after_rotary, self.qk_norm_after_rotary):
            if norm_now:
                q, k = self.q_norm(q), self.k_norm(k)
            if norm_now != self.qk_norm_after_rotary:
                q, k = context.rotate(q), context.rotate(k)
        bias = [0.0] * self.n_head if context.bias is None else context.bias.to(x.dtype)
        outs = []
        for head in range(self.n_head):
            kv_head = head * self.n_kv_head // self.n_head
            scores = torch.bmm(q[:, :, head], k[:, :, kv_head].transpose(1, 2)) * self.scale + bias[head]
            scores[:, ~torch.tril(x.new_ones(T, T)).bool()] = -1e9
            weights = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
            weights = self.dropout(weights / weights.sum(dim=-1, keepdim=True))
            outs.append(weights @ v[:, :, kv_head])
        return self.dropout(self.o_proj(torch.cat(outs, dim=-1)))
