"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""

from torch import nn


class NoNormBlock(nn.Module):
    def forward(self, x, context):
        for sublayer, scale, more in ((self.attn, self.attn_scale, (context,)), (self.mlp, 1, ())):
            x = x.add(sublayer(x, *more), alpha=scale)
        return x
