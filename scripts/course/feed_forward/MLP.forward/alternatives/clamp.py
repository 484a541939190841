"""The ReLU as a clamp, and in place: the hidden layer is nobody else's."""

from torch import nn


class MLP(nn.Module):
    def forward(self, x):
        return self.down_proj(self.up_proj(x).clamp_(min=0).pow(2))
