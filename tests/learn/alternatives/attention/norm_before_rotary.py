"""QK norm before the rotation: without a weight it makes no difference, since a rotation keeps the mean square.

The scale is put on the queries, the mask is a table of minus infinities that is added, the softmax runs in float32.
"""

import torch
from torch import nn

from .norms import rms_norm
from .positions import apply_rotary


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)

    def forward(self, x, context):
        T = x.shape[1]
        query = apply_rotary(rms_norm(self.heads(self.q_proj(x), self.n_head), self.norm_eps), *context)
        key = apply_rotary(rms_norm(self.heads(self.k_proj(x), self.n_kv_head), self.norm_eps), *context)
        value = self.heads(self.v_proj(x), self.n_kv_head)
        # Every key/value head seen from each of its query heads, without a copy.
        group = self.n_head // self.n_kv_head
        key, value = (y.unsqueeze(3).expand(-1, -1, -1, group, -1).flatten(2, 3) for y in (key, value))
        query, key, value = (y.transpose(1, 2) for y in (query * self.head_dim**-0.5, key, value))
        mask = torch.full((T, T), float("-inf")).triu(1).to(x.device, torch.float32)
        weights = ((query @ key.mT).float() + mask).softmax(-1).to(value.dtype)
        return self.o_proj((weights @ value).transpose(1, 2).flatten(-2))
