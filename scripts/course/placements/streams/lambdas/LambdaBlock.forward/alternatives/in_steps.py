"""In single steps, with one name for what each of them leaves."""


class LambdaBlock(StreamBlock):
    def forward(self, x, context):
        stream, context = self.enter(x, context)
        a, b = self.resid_lambda.to(stream.x.dtype), self.x0_lambda.to(stream.x.dtype)
        scaled = torch.addcmul(a * stream.x, b, stream.x0)
        normed = self.attn_norm(scaled)
        told = self.values(normed, stream.values, context)
        attended = scaled + self.attn(normed, told)
        result = stream._replace(x=attended + self.mlp(self.mlp_norm(attended)))
        return self.leave(self.keep(result))
