"""Every value with a name of its own, and the branch in front of the residual."""

from torch import nn


class MixerBlock(nn.Module):
    def forward(self, x, context):
        residual = x
        hidden = self.attn_norm(x)
        mixed = self.attn(hidden, context)
        return mixed + residual
