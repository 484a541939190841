"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""


class ScaledSandwichNormBlock(ScaledBlock):
    def sandwich(self, x, inner, sublayer, outer, *more):
        return outer(sublayer(inner(x), *more))

    def forward(self, x, context):
        x = x + self.sandwich(x, self.attn_norm, self.attn, self.attn_out_norm, context) * self.attn_scale
        return x + self.sandwich(x, self.mlp_norm, self.mlp, self.mlp_out_norm)
