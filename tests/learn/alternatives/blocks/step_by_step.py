"""Every value with a name of its own, and the branch in front of the residual."""

from torch import nn

from .attention import CausalSelfAttention
from .debug import debug
from .feed_forward import MLP
from .norms import build_norm


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mlp, self.mlp_norm = MLP(config), build_norm(config)
        self.attn, self.attn_norm = CausalSelfAttention(config), build_norm(config)
        self.config = config

    def forward(self, x, context):
        debug("Block.forward", x=x, context=context)
        normed = self.attn_norm(x)
        attended = self.attn(normed, context)
        residual = attended + x
        thought = self.mlp(self.mlp_norm(residual))
        out = thought + residual
        return out
