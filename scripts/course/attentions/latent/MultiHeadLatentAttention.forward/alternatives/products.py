"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def forward(self, x, context):
        B, T = x.shape[:2]
        D, R = self.head_dim, self.rope_head_dim
        latent, k_rope = self.kv_down_proj(x), self.k_rope_proj(x).reshape(B, T, 1, R)
        latent, k_rope = self.kv_down_norm(latent), context.rotate(k_rope).reshape(B, T, R)
        source = x
        if self.has_query_latent:
            source = self.q_down_norm(self.q_down_proj(source))
        q_nope, q_rope = torch.tensor_split(self.q_proj(source).reshape(B, T, self.n_head, D + R), [D], dim=3)
        key_position, latent, k_rope = context.update_cache(latent, k_rope)
        inputs = self.q_norm(q_nope), context.rotate(q_rope), latent, k_rope, self.score_mods(context, key_position)
        out = self.absorbed(*inputs) if self.absorbs(T, context) else self.naive(*inputs)
        return self.dropout(self.o_proj(torch.cat(out.unbind(2), dim=-1)))
