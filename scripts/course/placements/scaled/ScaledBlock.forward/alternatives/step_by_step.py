"""Every value with a name of its own, and the branch in front of the residual."""

from ..blocks import Block
from ..debug import debug


class ScaledBlock(Block):
    def forward(self, x, context):
        debug("ScaledBlock.forward", x=x, context=context)
        normed = self.attn_norm(x)
        attended = self.attn(normed, context) * self.attn_scale
        residual = attended + x
        thought = self.mlp(self.mlp_norm(residual))
        out = thought + residual
        return out
