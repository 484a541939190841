"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""


class DeepNormBlock(Block):
    def weighted(self, x, added, norm):
        return norm(added.add(x, alpha=self.alpha))

    def forward(self, x, context):
        x = self.weighted(x, self.attn(x, context), self.attn_norm)
        return self.weighted(x, self.mlp(x), self.mlp_norm)
