"""One head after the other, with a softmax by hand and the mask written into the scores."""

import torch
from torch import nn

from .norms import rms_norm
from .positions import apply_rotary


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        q = rms_norm(apply_rotary(q, *context), self.norm_eps)
        k = rms_norm(apply_rotary(k, *context), self.norm_eps)
        outs = []
        for head in range(self.n_head):
            kv_head = head * self.n_kv_head // self.n_head
            scores = torch.bmm(q[:, :, head], k[:, :, kv_head].transpose(1, 2)) / self.head_dim**0.5
            scores[:, ~torch.tril(x.new_ones(T, T)).bool()] = -1e9
            weights = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
            outs.append(weights / weights.sum(dim=-1, keepdim=True) @ v[:, :, kv_head])
        return self.o_proj(torch.cat(outs, dim=-1))
