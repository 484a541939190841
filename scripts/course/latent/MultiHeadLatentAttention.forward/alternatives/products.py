"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def forward(self, x, context):
        B, T = x.shape[:2]
        D, R = self.head_dim, self.rope_head_dim
        latent, rotary_key = self.latent_proj(x), self.rotary_key_proj(x).reshape(B, T, 1, R)
        latent, rotary_key = self.latent_norm(latent), context.rotate(rotary_key).reshape(B, T, R)
        source = x
        if self.has_query_latent:
            source = self.query_latent_norm(self.query_latent_proj(source))
        content, rotary = torch.tensor_split(self.q_proj(source).reshape(B, T, self.n_head, D + R), [D], dim=3)
        key_position, latent, rotary_key = context.recall(latent, rotary_key)
        inputs = self.q_norm(content), context.rotate(rotary), latent, rotary_key, self.scores(context, key_position)
        out = self.absorbed(*inputs) if self.absorbs(T, context) else self.naive(*inputs)
        return self.dropout(self.o_proj(torch.cat(out.unbind(2), dim=-1)))
