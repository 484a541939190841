"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""


class DeepNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn(x, context) * self.attn_scale
        residual = attended + x * self.alpha
        residual = self.attn_norm(residual)
        thought = self.mlp(residual)
        return self.mlp_norm(thought + residual * self.alpha)
