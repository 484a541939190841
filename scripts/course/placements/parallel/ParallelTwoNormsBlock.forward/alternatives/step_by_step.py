"""Every value with a name of its own, and the branch in front of the residual."""


class ParallelTwoNormsBlock(Block):
    def forward(self, x, context):
        thought = self.mlp(self.mlp_norm(x))
        attended = self.attn(self.attn_norm(x), context)
        return thought + (attended + x)
