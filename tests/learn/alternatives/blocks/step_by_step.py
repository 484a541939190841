"""Every value with a name of its own, and the branch in front of the residual."""

from torch import nn

from .attention import CausalSelfAttention
from .debug import debug
from .feed_forward import MLP
from .norms import rms_norm


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mlp = MLP(config)
        self.attn = CausalSelfAttention(config)
        self.config, self.norm_eps = config, config.norm_eps

    def forward(self, x, context):
        debug("Block.forward", x=x, context=context)
        normed = rms_norm(x, self.norm_eps)
        attended = self.attn(normed, context)
        residual = attended + x
        thought = self.mlp(rms_norm(residual, self.norm_eps))
        out = thought + residual
        return out
