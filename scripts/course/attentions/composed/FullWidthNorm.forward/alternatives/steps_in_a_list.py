"""Norm and rotation as two steps in a list, which is turned round; where there is no gate, one of ones."""

from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        return self.norm(x.flatten(start_dim=2)).view_as(x)
