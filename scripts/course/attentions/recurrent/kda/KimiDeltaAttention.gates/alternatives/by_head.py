"""As in transformers: the steps split into heads, multiplied by (H, 1), and put together again."""

import torch
from torch import nn
from torch.nn import functional as F


class KimiDeltaAttention(nn.Module):
    def gates(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        g = self.f_b_proj(self.f_a_proj(x)).to(wide) + self.dt_bias.to(wide)
        g = F.softplus(g).view(*x.shape[:-1], self.n_head, self.head_dim)
        return (-torch.exp(self.A_log.to(wide))[:, None] * g).flatten(-2), torch.sigmoid(self.b_proj(x))
