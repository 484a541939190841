"""As in transformers."""

import torch
from torch import nn
from torch.nn import functional as F


class GatedDeltaNet(nn.Module):
    def gates(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        a, b = self.a_proj(x), self.b_proj(x)
        beta = torch.sigmoid(b)
        g = -torch.exp(self.A_log.to(wide)) * F.softplus(a.to(wide) + self.dt_bias.to(wide))
        return g, beta
