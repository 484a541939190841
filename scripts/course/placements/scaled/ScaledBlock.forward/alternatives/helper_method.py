"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""

from ..blocks import Block


class ScaledBlock(Block):
    def add(self, x, norm, sublayer, *more, scale=1):
        return x.clone().add_(sublayer(norm(x), *more), alpha=scale)

    def forward(self, x, context):
        attended = self.add(x, self.attn_norm, self.attn, context, scale=self.attn_scale)
        return self.add(attended, self.mlp_norm, self.mlp)
