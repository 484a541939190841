"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""

import math

from torch import nn

from reference.config import choose

from .feed_forward import build_feed_forward
from .norms import build_norm


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mlp, self.mlp_norm = build_feed_forward(config), build_norm(config)
        attention = choose(ATTENTIONS, "attention_type", config.attention_type)
        if config.attention_backend == "flash":
            attention = WITH_FLASH.get(attention, attention)
        self.attn, self.attn_norm = attention(config), build_norm(config)
        self.config = config
        self.attn_scale = 1.0
        if config.attn_scale:
            self.attn_scale = 1 / math.sqrt(2 * config.n_layer)
