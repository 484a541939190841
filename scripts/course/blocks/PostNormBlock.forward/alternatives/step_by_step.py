"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""


class PostNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended * self.attn_scale + x
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        out = self.mlp_norm(thought + residual)
        return out
