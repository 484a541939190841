"""The way between two points, as torch calls it."""


class NGPTBlock(Block):
    def forward(self, x, context):
        x = self.attn_norm(torch.lerp(x, self.attn_norm(self.attn(x, context)), self.attn_rate().abs()))
        return self.mlp_norm(torch.lerp(x, self.mlp_norm(self.mlp(x)), self.mlp_rate().abs()))
