"""One head after the other, as far as the backend; a value is the front of a key, as in kernels for this attention."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadLatentAttention(nn.Module):
    def naive(self, q_nope, q_rope, latent, k_rope, mods):
        keys, values, queries = [], [], []
        made = self.k_norm(torch.stack([F.linear(latent, W) for W in self.k_up_proj.weight.split(self.head_dim)], 2))
        for head, W_UV in enumerate(self.v_up_proj.weight.split(self.value_head_dim)):
            keys.append(torch.cat((made[:, :, head], k_rope), dim=-1))
            values.append(F.linear(latent, W_UV))
            queries.append(torch.cat((q_nope[:, :, head], q_rope[:, :, head]), dim=-1))
        out = self.backend(*(torch.stack(parts, dim=1) for parts in (queries, keys, values)), mods)
        return torch.stack(out.unbind(1), dim=2)
