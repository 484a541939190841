"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""

import math

from torch import nn

from reference.config import choose

from .debug import debug
from .feed_forward import build_feed_forward
from .norms import build_norm


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mlp, self.mlp_norm = build_feed_forward(config), build_norm(config)
        attention = choose(ATTENTIONS, "attention_type", config.attention_type)  # noqa: F821 - the reference's
        if config.attention_backend == "flash":
            attention = WITH_FLASH.get(attention, attention)  # noqa: F821 - the reference's
        self.attn, self.attn_norm = attention(config), build_norm(config)
        self.config = config
        self.attn_scale = 1.0
        if config.attn_scale:
            self.attn_scale = 1 / math.sqrt(2 * config.n_layer)

    def forward(self, x, context):
        debug("Block.forward", x=x, context=context)
        normed = self.attn_norm(x)
        attended = self.attn(normed, context) * self.attn_scale
        residual = attended + x
        thought = self.mlp(self.mlp_norm(residual))
        out = thought + residual
        return out


class PostNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended * self.attn_scale + x
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        out = self.mlp_norm(thought + residual)
        return out


class NoNormBlock(nn.Module):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended * self.attn_scale + x
        thought = self.mlp(residual)
        return thought + residual


class SandwichNormBlock(Block):
    def forward(self, x, context):
        normed = self.attn_norm(x)
        attended = self.attn(normed, context)
        attended = self.attn_out_norm(attended)
        residual = attended * self.attn_scale + x
        normed = self.mlp_norm(residual)
        thought = self.mlp(normed)
        thought = self.mlp_out_norm(thought)
        return thought + residual


class OutputNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn_norm(self.attn(x, context))
        residual = attended * self.attn_scale + x
        thought = self.mlp_norm(self.mlp(residual))
        return thought + residual


class ParallelBlock(NoNormBlock):
    def forward(self, x, context):
        normed = self.norm(x)
        thought = self.mlp(normed)
        attended = self.attn(normed, context) * self.attn_scale
        return thought + attended + x


class ParallelTwoNormsBlock(Block):
    def forward(self, x, context):
        thought = self.mlp(self.mlp_norm(x))
        attended = self.attn(self.attn_norm(x), context)
        return thought + (attended * self.attn_scale + x)


class DeepNormBlock(Block):
    def __init__(self, config):
        super().__init__(config)
        self.alpha = math.sqrt(math.sqrt(2 * config.n_layer))

    def forward(self, x, context):
        attended = self.attn(x, context) * self.attn_scale
        residual = attended + x * self.alpha
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        return self.mlp_norm(thought + residual * self.alpha)
