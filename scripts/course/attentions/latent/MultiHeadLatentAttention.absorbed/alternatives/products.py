"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def absorbed(self, q_nope, q_rope, latent, k_rope, mods):
        W_UK = self.k_up_proj.weight.unflatten(0, (self.n_head, self.head_dim))
        W_UV = self.v_up_proj.weight.unflatten(0, (self.n_head, self.value_head_dim))
        query = torch.cat((q_rope.transpose(1, 2), q_nope.transpose(1, 2) @ W_UK), dim=-1)
        key = torch.cat((k_rope, latent), dim=-1).unsqueeze(1)
        out = self.backend(query, key, latent.unsqueeze(1), mods)
        return (out @ W_UV.mT).transpose(1, 2)
