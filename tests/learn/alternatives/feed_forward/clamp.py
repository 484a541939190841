"""Clamped at zero, in place: the hidden layer is nobody else's."""

from torch import nn


class MLP(nn.Module):
    def forward(self, x):
        hidden = self.up_proj(x)
        hidden = hidden.clamp_(min=0)
        return self.down_proj(hidden.pow(2))
