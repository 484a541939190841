"""The two halves have the same form, so a method of one's own does both. In place, but only on what is one's own."""

from torch import nn


class Block(nn.Module):
    def add(self, x, norm, sublayer, *more, scale=1):
        return x.clone().add_(sublayer(norm(x), *more), alpha=scale)

    def forward(self, x, context):
        attended = self.add(x, self.attn_norm, self.attn, context, scale=self.attn_scale)
        return self.add(attended, self.mlp_norm, self.mlp)


class PostNormBlock(Block):
    def add_and_norm(self, x, added, norm):
        return norm(x.clone().add_(added))

    def forward(self, x, context):
        x = self.add_and_norm(x, self.attn(x, context) * self.attn_scale, self.attn_norm)
        return self.add_and_norm(x, self.mlp(x), self.mlp_norm)


class NoNormBlock(nn.Module):
    def forward(self, x, context):
        for sublayer, scale, more in ((self.attn, self.attn_scale, (context,)), (self.mlp, 1, ())):
            x = x.add(sublayer(x, *more), alpha=scale)
        return x


class SandwichNormBlock(Block):
    def sandwich(self, x, inner, sublayer, outer, *more):
        return outer(sublayer(inner(x), *more))

    def forward(self, x, context):
        x = x + self.sandwich(x, self.attn_norm, self.attn, self.attn_out_norm, context) * self.attn_scale
        return x + self.sandwich(x, self.mlp_norm, self.mlp, self.mlp_out_norm)


class OutputNormBlock(Block):
    def forward(self, x, context):
        steps = (
            (self.attn, self.attn_norm, self.attn_scale, (context,)),
            (self.mlp, self.mlp_norm, 1, ()),
        )
        for sublayer, norm, scale, more in steps:
            x = x.add(norm(sublayer(x, *more)), alpha=scale)
        return x


class ParallelBlock(NoNormBlock):
    def forward(self, x, context):
        read = self.norm(x)
        return sum((self.mlp(read), self.attn(read, context) * self.attn_scale), start=x)


class ParallelTwoNormsBlock(Block):
    def branches(self, x, context):
        yield self.attn(self.attn_norm(x), context) * self.attn_scale
        yield self.mlp(self.mlp_norm(x))

    def forward(self, x, context):
        return x + sum(self.branches(x, context))


class DeepNormBlock(Block):
    def weighted(self, x, added, norm):
        return norm(added.add(x, alpha=self.alpha))

    def forward(self, x, context):
        x = self.weighted(x, self.attn_scale * self.attn(x, context), self.attn_norm)
        return self.weighted(x, self.mlp(x), self.mlp_norm)
