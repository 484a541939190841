"""The indexer's part before the attention's; parts by slices."""

from torch import nn


class DeepSeekSparseAttention(nn.Module):
    def forward(self, x, context):
        B, T, _ = x.shape
        D, still = self.head_dim, x.detach()
        source = x
        if self.has_query_latent:
            source = self.q_down_norm(self.q_down_proj(x))
        entries = (
            self.kv_down_norm(self.kv_down_proj(x)),
            context.rotate(self.k_rope_proj(x).unsqueeze(2))[:, :, 0],
            self.indexer.key(still, context),
        )
        key_position, latent, k_rope, key = context.update_cache(*entries)
        index, mods = self.choose(
            self.indexer(still, source.detach(), key, context), self.score_mods(context, key_position)
        )
        query = self.q_proj(source).reshape(B, T, self.n_head, -1)
        given = self.q_norm(query[..., :D]), context.rotate(query[..., D:]), latent, k_rope
        self.auxiliary_loss = 0.0
        if self.training and self.loss_coef > 0:
            self.auxiliary_loss = self.index_loss(*given, index, mods)
        out = self.absorbed(*given, mods) if self.absorbs(T, context) else self.naive(*given, mods)
        return self.dropout(self.o_proj(out.reshape(B, T, -1)))
