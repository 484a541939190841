"""As nanochat, and nanoGPT."""

from torch import nn


class Block(nn.Module):
    def forward(self, x, context):
        x = x + self.attn(self.attn_norm(x), context)
        x = x + self.mlp(self.mlp_norm(x))
        return x
