"""Every value has a name, as in transformers' decoder layers."""


class DepthScaledBlock(SandwichNormBlock):
    def forward(self, x, context):
        attended = self.attn(self.attn_norm(x), context)
        attended = self.attn_out_norm(attended)
        x = depth_scaled_sum(x, attended, self.index)
        thought = self.mlp(self.mlp_norm(x))
        thought = self.mlp_out_norm(thought)
        return depth_scaled_sum(x, thought, 1 + self.index)
