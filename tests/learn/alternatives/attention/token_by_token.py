"""No mask at all: every token is shown its own past and nothing else."""

import torch
from torch import nn

from .norms import rms_norm
from .positions import apply_rotary


class CausalSelfAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        query = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        key, value = (p(x).view(B, T, self.n_kv_head, self.head_dim) for p in (self.k_proj, self.v_proj))
        query = rms_norm(apply_rotary(query, *context), self.norm_eps)
        key = rms_norm(apply_rotary(key, *context), self.norm_eps)
        shared = [head * self.n_kv_head // self.n_head for head in range(self.n_head)]
        key, value = key[:, :, shared], value[:, :, shared]
        out = torch.empty_like(query)
        for t in range(T):
            scores = (query[:, t : t + 1] * key[:, : t + 1]).sum(-1, keepdim=True) / self.head_dim**0.5
            out[:, t] = (scores.softmax(dim=1) * value[:, : t + 1]).sum(1)
        return self.o_proj(out.view(B, T, -1))
