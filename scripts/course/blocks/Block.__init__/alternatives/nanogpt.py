"""As nanoGPT: in the order in which forward uses them, in the old spelling of super."""

from torch import nn


class Block(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.attn_norm, self.attn = build_norm(config), build_attention(config, layer)
        self.mlp_norm, self.mlp = build_norm(config), build_feed_forward(config)
