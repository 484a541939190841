"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""


class OutputNormBlock(Block):
    def forward(self, x, context):
        steps = (
            (self.attn, self.attn_norm, (context,)),
            (self.mlp, self.mlp_norm, ()),
        )
        for sublayer, norm, more in steps:
            x = x.add(norm(sublayer(x, *more)))
        return x
