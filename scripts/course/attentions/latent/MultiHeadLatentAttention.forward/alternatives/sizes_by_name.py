"""Sizes first, then every projection in a loop, in another order. Forward in small helpers."""

from torch import nn


class MultiHeadLatentAttention(nn.Module):
    def queries(self, x, context):
        if hasattr(self, "q_down_norm"):
            x = self.q_down_norm(self.q_down_proj(x))
        q = self.q_proj(x).unflatten(-1, (self.n_head, -1))
        return self.q_norm(q[..., : self.head_dim]), context.rotate(q[..., self.head_dim :])

    def forward(self, x, context):
        latent = self.kv_down_norm(self.kv_down_proj(x))
        k_rope = context.rotate(self.k_rope_proj(x).unsqueeze(-2))[:, :, 0]
        position, *remembered = context.update_cache(latent, k_rope)
        way = "absorbed" if self.absorbs(x.size(1), context) else "naive"
        out = getattr(self, way)(*self.queries(x, context), *remembered, self.score_mods(context, position))
        return self.dropout(self.o_proj(out.reshape(*x.shape[:2], -1)))
