"""A choice between two sides; experts as masks, and a softmax over the scores of the chosen alone."""

from torch import nn


class GatedMLP(nn.Module):
    def forward(self, x):
        hidden = self.up_proj(x) * self.activation(self.gate_proj(x))
        return self.dropout(self.down_proj(hidden))
