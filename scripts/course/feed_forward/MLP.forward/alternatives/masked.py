"""The ReLU as a product with a mask, the layers as plain matrix products."""

from torch import nn


class MLP(nn.Module):
    def forward(self, x):
        h = x @ self.up_proj.weight.T
        h = h * h * (h > 0)
        return h @ self.down_proj.weight.T
