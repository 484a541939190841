"""The weighted sum is one call of torch, and each branch has a name."""


class ReZeroBlock(NoNormBlock):
    def forward(self, x, context):
        attended = self.attn(x, context)
        x = torch.addcmul(x, self.attn_alpha, attended)
        thought = self.mlp(x)
        return torch.addcmul(x, self.mlp_alpha, thought)
