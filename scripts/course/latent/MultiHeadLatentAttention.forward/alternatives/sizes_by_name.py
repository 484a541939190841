"""Sizes first, then every projection in a loop, in another order. Forward in small helpers."""

from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def queries(self, x, context):
        if hasattr(self, "query_latent_norm"):
            x = self.query_latent_norm(self.query_latent_proj(x))
        q = self.q_proj(x).unflatten(-1, (self.n_head, -1))
        return self.q_norm(q[..., : self.head_dim]), context.rotate(q[..., self.head_dim :])

    def forward(self, x, context):
        latent = self.latent_norm(self.latent_proj(x))
        rotary_key = context.rotate(self.rotary_key_proj(x).unsqueeze(-2))[:, :, 0]
        position, *remembered = context.recall(latent, rotary_key)
        way = "absorbed" if self.absorbs(x.size(1), context) else "naive"
        found = getattr(self, way)(*self.queries(x, context), *remembered, self.scores(context, position))
        return self.dropout(self.o_proj(found.reshape(*x.shape[:2], -1)))
