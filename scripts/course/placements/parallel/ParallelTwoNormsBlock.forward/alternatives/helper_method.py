"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""


class ParallelTwoNormsBlock(Block):
    def branches(self, x, context):
        yield self.attn(self.attn_norm(x), context)
        yield self.mlp(self.mlp_norm(x))

    def forward(self, x, context):
        return x + sum(self.branches(x, context))
