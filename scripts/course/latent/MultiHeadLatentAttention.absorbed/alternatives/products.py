"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def absorbed(self, content, rotary, latent, rotary_key, scores):
        W_k = self.k_from_latent.weight.unflatten(0, (self.n_head, self.head_dim))
        W_v = self.v_from_latent.weight.unflatten(0, (self.n_head, self.value_head_dim))
        query = torch.cat((rotary.transpose(1, 2), content.transpose(1, 2) @ W_k), dim=-1)
        key = torch.cat((rotary_key, latent), dim=-1).unsqueeze(1)
        found = self.backend(query, key, latent.unsqueeze(1), scores)
        return (found @ W_v.mT).transpose(1, 2)
