"""The modules by torch's own functions; nothing of the file that this goes into is used."""

from torch import nn
from torch.nn import functional as F


class RMSNorm(nn.Module):
    def forward(self, x):
        return self.weight * F.rms_norm(x, x.shape[-1:], eps=self.eps)
