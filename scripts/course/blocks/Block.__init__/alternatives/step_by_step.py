"""In another order, and the configuration kept."""

from torch import nn


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mlp, self.mlp_norm = build_feed_forward(config), build_norm(config)
        self.attn, self.attn_norm = build_attention(config), build_norm(config)
        self.config = config
