"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
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
