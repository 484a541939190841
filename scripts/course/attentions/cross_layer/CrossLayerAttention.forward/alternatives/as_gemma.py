"""The queries prepared by name, then attention as for any layer."""

import functools

from torch import nn

from ..attentions.backends.scored import ScoreMods


class CrossLayerAttention(nn.Module):
    def forward(self, x, context):
        hidden_shape = (*x.shape[:-1], -1, self.head_dim)
        query = self.q_proj(x).view(hidden_shape)
        no_keys = query.new_empty(*x.shape[:-1], 0, self.head_dim)
        query = functools.reduce(lambda q, step: step(self, q, no_keys, context)[0], self.steps, query)
        where, *entries = context.update_cache()
        key, value = (entry.transpose(1, 2) for entry in entries)
        out = self.backend(query.transpose(1, 2), key, value, ScoreMods.of(self, context, where))
        out = out.transpose(1, 2).reshape(*x.shape[:-1], -1).contiguous()
        return self.dropout(self.o_proj(self.gate(self, out, x)))
