"""The finished sums and the running one apart, as transformers has it."""


class AttnResBlock(StreamBlock):
    def forward(self, x, context):
        if self.first:
            x = x.unsqueeze(-2)
        finished, running = x[..., :-1, :], x[..., -1, :]
        attended = self.attn(self.attn_norm(self.attn_residual(x)), context)
        if self.begins:
            finished, running = x, attended
        else:
            running = running + attended
        h = self.mlp_residual(torch.cat((finished, running.unsqueeze(-2)), dim=-2))
        running = running + self.mlp(self.mlp_norm(h))
        return self.leave(torch.cat((finished, running.unsqueeze(-2)), dim=-2))
