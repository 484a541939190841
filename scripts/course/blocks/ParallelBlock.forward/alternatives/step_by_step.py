"""Every value with a name of its own, and the branch in front of the residual; depths by roots of torch and of math."""


class ParallelBlock(NoNormBlock):
    def forward(self, x, context):
        normed = self.norm(x)
        thought = self.mlp(normed)
        attended = self.attn(normed, context) * self.attn_scale
        return thought + attended + x
