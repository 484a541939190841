"""As in transformers: the stream is replaced by what is normed, and the residual kept beside it."""


class MiniMaxBlock(Block):
    def forward(self, x, context):
        x = self.attn_norm(x)
        residual = x
        x = residual * self.alpha + self.attn(x, context)
        x = self.mlp_norm(x)
        residual = x
        return residual * self.alpha + self.mlp(x)
