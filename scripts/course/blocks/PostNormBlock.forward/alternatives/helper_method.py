"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""

from torch import nn


class Block(nn.Module):
    def add(self, x, norm, sublayer, *more, scale=1):
        return x.clone().add_(sublayer(norm(x), *more), alpha=scale)


class PostNormBlock(Block):
    def add_and_norm(self, x, added, norm):
        return norm(x.clone().add_(added))

    def forward(self, x, context):
        x = self.add_and_norm(x, self.attn(x, context) * self.attn_scale, self.attn_norm)
        return self.add_and_norm(x, self.mlp(x), self.mlp_norm)
