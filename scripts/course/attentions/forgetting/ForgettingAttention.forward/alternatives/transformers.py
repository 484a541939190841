"""Written as attention is in transformers: views, and heads in front early."""

import torch
import torch.nn.functional as F


class ForgettingAttention(Attention):
    def forward(self, x, context):
        B, T, _ = x.shape
        q = self.q_proj(x).view(B, T, self.n_head, self.head_dim)
        k = self.k_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        v = self.v_proj(x).view(B, T, self.n_kv_head, self.head_dim)
        log_fgate = F.logsigmoid(self.f_proj(x).to(torch.promote_types(x.dtype, torch.float32)))
        for step in self.steps:
            q, k = step(self, q, k, context)
        key_position, k, v, log_fgate = context.update_cache(k, v, log_fgate)

        def bias(query_position, key_position):
            return forget_bias(log_fgate, query_position, key_position)

        mods = ScoreMods.of(self, with_bias(context, bias), key_position)
        out = self.backend(*(each.transpose(1, 2) for each in (q, k, v)), mods)
        out = out.transpose(1, 2).reshape(B, T, self.n_head * self.head_dim)
        return self.dropout(self.o_proj(self.gate(self, out, x)))
