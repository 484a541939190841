"""Every value with a name of its own, and the branch in front of the residual."""

from torch import nn

from .debug import debug


class Block(nn.Module):
    def forward(self, x, context):
        debug("Block.forward", x=x, context=context)
        normed = self.attn_norm(x)
        attended = self.attn(normed, context)
        residual = attended + x
        thought = self.mlp(self.mlp_norm(residual))
        out = thought + residual
        return out
