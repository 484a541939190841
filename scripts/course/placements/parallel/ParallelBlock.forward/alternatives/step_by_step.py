"""Every value with a name of its own, and the branch in front of the residual."""


class ParallelBlock(nn.Module):
    def forward(self, x, context):
        normed = self.norm(x)
        thought = self.mlp(normed)
        attended = self.attn(normed, context)
        return thought + attended + x
