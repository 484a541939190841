"""Every value with a name of its own, and the branch in front of the residual."""

from torch import nn


class NoNormBlock(nn.Module):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended + x
        thought = self.mlp(residual)
        return thought + residual
