"""One method says what a sublayer reads; the norm is divided by the root, as the paper writes it."""


class LayerNormScalingBlock(Block):
    def read(self, x, norm):
        return norm(x) * self.depth_scale

    def forward(self, x, context):
        x = self.attn(self.read(x, self.attn_norm), context).add(x)
        return self.mlp(self.read(x, self.mlp_norm)).add(x)
