"""As in vision transformers: the branch first, scaled, and then the residual."""


class LayerScaleBlock(Block):
    def forward(self, x, context):
        residual = x
        x = self.attn(self.attn_norm(x), context)
        x = x * self.attn_gamma
        x = residual + x

        residual = x
        x = self.mlp(self.mlp_norm(x))
        x = x * self.mlp_gamma
        return residual + x
