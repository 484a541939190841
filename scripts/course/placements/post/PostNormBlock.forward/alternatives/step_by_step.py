"""Every value with a name of its own, and the branch in front of the residual."""


class PostNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended + x
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        out = self.mlp_norm(thought + residual)
        return out
