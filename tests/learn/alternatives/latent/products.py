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

    def naive(self, content, rotary, latent, rotary_key, scores):
        H = self.n_head
        # (rank, numbers) for every head.
        W_k, W_v = (
            layer.weight.T.unflatten(1, (H, -1)).movedim(1, 0) for layer in (self.k_from_latent, self.v_from_latent)
        )
        key, value = latent.unsqueeze(1) @ W_k, latent.unsqueeze(1) @ W_v
        # The norm wants the heads behind the tokens.
        key = self.k_norm(key.transpose(1, 2)).transpose(1, 2)
        key = torch.cat((rotary_key.unsqueeze(1).repeat(1, H, 1, 1), key), dim=-1)
        query = torch.cat((rotary, content), dim=-1).permute(0, 2, 1, 3)
        return self.backend(query, key, value, scores).permute(0, 2, 1, 3)

    def absorbed(self, content, rotary, latent, rotary_key, scores):
        W_k = self.k_from_latent.weight.unflatten(0, (self.n_head, self.head_dim))
        W_v = self.v_from_latent.weight.unflatten(0, (self.n_head, self.value_head_dim))
        query = torch.cat((rotary.transpose(1, 2), content.transpose(1, 2) @ W_k), dim=-1)
        key = torch.cat((rotary_key, latent), dim=-1).unsqueeze(1)
        found = self.backend(query, key, latent.unsqueeze(1), scores)
        return (found @ W_v.mT).transpose(1, 2)
