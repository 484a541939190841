"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""

from torch import nn


class NoNormBlock(nn.Module):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended * self.attn_scale + x
        thought = self.mlp(residual)
        return thought + residual
