"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""


class PostNormBlock(Block):
    def add_and_norm(self, x, added, norm):
        return norm(x.clone().add_(added))

    def forward(self, x, context):
        x = self.add_and_norm(x, self.attn(x, context), self.attn_norm)
        return self.add_and_norm(x, self.mlp(x), self.mlp_norm)
