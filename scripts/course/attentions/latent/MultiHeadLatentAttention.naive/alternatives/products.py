"""Matrix products with the heads in front, keys and values made by weights cut into heads; the latent behind the
rotary key, which is as good as before it."""

import torch
from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def naive(self, q_nope, q_rope, latent, k_rope, mods):
        H = self.n_head
        # (rank, numbers) for every head.
        W_UK, W_UV = (layer.weight.T.unflatten(1, (H, -1)).movedim(1, 0) for layer in (self.k_up_proj, self.v_up_proj))
        key, value = latent.unsqueeze(1) @ W_UK, latent.unsqueeze(1) @ W_UV
        # The norm wants the heads behind the tokens.
        key = self.k_norm(key.transpose(1, 2)).transpose(1, 2)
        key = torch.cat((k_rope.unsqueeze(1).repeat(1, H, 1, 1), key), dim=-1)
        query = torch.cat((q_rope, q_nope), dim=-1).permute(0, 2, 1, 3)
        return self.backend(query, key, value, mods).permute(0, 2, 1, 3)
