"""Every value with a name of its own, and the branch in front of the residual."""


class DeepNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn(x, context)
        residual = attended + x * self.alpha
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        return self.mlp_norm(thought + residual * self.alpha)
