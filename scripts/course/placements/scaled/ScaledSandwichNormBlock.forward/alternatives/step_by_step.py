"""Every value with a name of its own, and the branch in front of the residual."""


class ScaledSandwichNormBlock(ScaledBlock):
    def forward(self, x, context):
        normed = self.attn_norm(x)
        attended = self.attn(normed, context)
        attended = self.attn_out_norm(attended)
        residual = attended * self.attn_scale + x
        normed = self.mlp_norm(residual)
        thought = self.mlp(normed)
        thought = self.mlp_out_norm(thought)
        return thought + residual
