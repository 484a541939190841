"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch import nn


class DenseMLP(nn.Module):
    def forward(self, x):
        return self.dropout(self.down_proj(self.activation(self.up_proj(x))))
