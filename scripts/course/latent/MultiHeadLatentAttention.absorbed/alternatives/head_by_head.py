"""One head after the other, as far as the backend; a value is the front of a key, as in kernels for this attention."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadLatentAttention(nn.Module):
    def absorbed(self, content, rotary, latent, rotary_key, scores):
        rank = latent.size(-1)
        queries = []
        for head, W_k in enumerate(self.k_from_latent.weight.split(self.head_dim)):
            queries.append(torch.cat((content[:, :, head] @ W_k, rotary[:, :, head]), dim=-1))
        memory = torch.cat((latent, rotary_key), dim=-1)[:, None]
        found = self.backend(torch.stack(queries, dim=1), memory, memory[..., :rank], scores)
        weights = self.v_from_latent.weight.split(self.value_head_dim)
        return torch.stack([F.linear(found[:, head], W_v) for head, W_v in enumerate(weights)], dim=2)
