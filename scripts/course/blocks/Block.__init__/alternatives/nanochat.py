"""As nanochat: attention, then the MLP; with the norms, which are functions there, behind them."""

from torch import nn


class Block(nn.Module):
    def __init__(self, config, layer_idx):
        super().__init__()
        self.attn = build_attention(config, layer_idx)
        self.mlp = build_feed_forward(config)
        self.attn_norm = build_norm(config)
        self.mlp_norm = build_norm(config)
