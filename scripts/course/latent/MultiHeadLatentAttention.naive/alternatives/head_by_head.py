"""One head after the other, as far as the backend; a value is the front of a key, as in kernels for this attention."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadLatentAttention(nn.Module):
    def naive(self, content, rotary, latent, rotary_key, scores):
        keys, values, queries = [], [], []
        made = self.k_norm(
            torch.stack([F.linear(latent, W) for W in self.k_from_latent.weight.split(self.head_dim)], 2)
        )
        for head, W_v in enumerate(self.v_from_latent.weight.split(self.value_head_dim)):
            keys.append(torch.cat((made[:, :, head], rotary_key), dim=-1))
            values.append(F.linear(latent, W_v))
            queries.append(torch.cat((content[:, :, head], rotary[:, :, head]), dim=-1))
        out = self.backend(*(torch.stack(parts, dim=1) for parts in (queries, keys, values)), scores)
        return torch.stack(out.unbind(1), dim=2)
