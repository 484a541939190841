"""One head after the other, as far as the backend; a value is the front of a key, as in kernels for this attention."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadLatentAttention(nn.Module):
    def absorbed(self, q_nope, q_rope, latent, k_rope, mods):
        rank = latent.size(-1)
        queries = []
        for head, W_UK in enumerate(self.k_up_proj.weight.split(self.head_dim)):
            queries.append(torch.cat((q_nope[:, :, head] @ W_UK, q_rope[:, :, head]), dim=-1))
        memory = torch.cat((latent, k_rope), dim=-1)[:, None]
        out = self.backend(torch.stack(queries, dim=1), memory, memory[..., :rank], mods)
        weights = self.v_up_proj.weight.split(self.value_head_dim)
        return torch.stack([F.linear(out[:, head], W_UV) for head, W_UV in enumerate(weights)], dim=2)
