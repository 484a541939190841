"""In another order, and the configuration kept."""

from torch import nn


class Block(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.mlp, self.mlp_norm = build_feed_forward(config), build_norm(config)
        self.attn, self.attn_norm = build_attention(config, layer), build_norm(config)
        self.config = config
