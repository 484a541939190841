"""Heads split by a view, and the results put together with their tokens in front."""

import torch


class NSAAttention(Attention):
    def branches(self, query, key, value, context):
        key_position, key, value = context.update_cache(key, value)
        B, D = query.size(0), query.size(-1)
        q = query.permute(0, 2, 1, 3)
        k = key.view(B, -1, 3, self.n_kv_head, D).permute(2, 0, 3, 1, 4)
        v = value.view(B, -1, 3, self.n_kv_head, D).permute(2, 0, 3, 1, 4)
        mods = ScoreMods.of(self, context, key_position)
        near = self.backend(q, k[2], v[2], mods._replace(window=self.nsa_window))
        coarse, weights = self.attend_compressed(q, k[0], v[0], context.position)
        fine = self.backend(q, k[1], v[1], with_mask(mods, self.select(weights, context.position, key_position)))
        return torch.stack([each.transpose(1, 2) for each in (coarse, fine, near)], dim=2)
