"""The modules by torch's own functions; nothing of the file that this goes into is used."""

import torch
from torch import nn
from torch.nn import functional as F


class RMSNormPlusOne(nn.Module):
    def forward(self, x):
        wide = torch.promote_types(x.dtype, torch.float32)
        normed = F.rms_norm(x.to(wide), x.shape[-1:], eps=self.eps)
        return torch.addcmul(normed, normed, self.weight.to(wide)).to(x.dtype)
