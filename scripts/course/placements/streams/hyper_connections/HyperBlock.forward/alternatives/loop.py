"""Both sublayers by one loop, as public code for hyper-connections has it."""


class HyperBlock(StreamBlock):
    def forward(self, x, context):
        x = self.enter(x)
        for norm, sublayer, connection in (
            (self.attn_norm, lambda h: self.attn(h, context), self.attn_connection),
            (self.mlp_norm, self.mlp, self.mlp_connection),
        ):
            read, write, mix = connection(x)
            x = write_streams(x, sublayer(norm(read_streams(x, read))), write, mix)
        return self.leave(x)
