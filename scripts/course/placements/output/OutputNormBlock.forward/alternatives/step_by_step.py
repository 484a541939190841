"""Every value with a name of its own, and the branch in front of the residual."""


class OutputNormBlock(Block):
    def forward(self, x, context):
        attended = self.attn_norm(self.attn(x, context))
        residual = attended + x
        thought = self.mlp_norm(self.mlp(residual))
        return thought + residual
