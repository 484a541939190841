"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

import torch.nn.functional as F
from torch import nn


class DenseMLP(nn.Module):
    def forward(self, x):
        h = x @ self.up_proj.weight.T
        if self.up_proj.bias is not None:
            h = h + self.up_proj.bias
        return self.dropout(F.linear(self.activation(h), self.down_proj.weight, self.down_proj.bias))
