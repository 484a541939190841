"""The modules by torch's own functions; nothing of the file that this goes into is used."""

from torch import nn
from torch.nn import functional as F


class LayerNormNoBias(nn.Module):
    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, eps=self.eps)
