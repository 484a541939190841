"""Both halves have the same form, so a method of one's own ends each."""


class KeelBlock(Block):
    def joined(self, x, added, norm):
        return norm(added + x * self.alpha)

    def forward(self, x, context):
        attended = self.attn(self.attn_in_norm(x), context)
        x = self.joined(x, attended, self.attn_norm)
        thought = self.mlp(self.mlp_in_norm(x))
        return self.joined(x, thought, self.mlp_norm)
