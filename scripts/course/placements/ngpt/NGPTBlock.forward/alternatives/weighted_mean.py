"""A weighted mean of the two points."""


class NGPTBlock(Block):
    def forward(self, x, context):
        rate = self.attn_rate().abs()
        x = self.attn_norm((1 - rate) * x + rate * self.attn_norm(self.attn(x, context)))
        rate = self.mlp_rate().abs()
        return self.mlp_norm((1 - rate) * x + rate * self.mlp_norm(self.mlp(x)))
