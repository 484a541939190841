"""Norm and rotation as two steps in a list, which is turned round; where there is no gate, one of ones."""

import torch
from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        return self.norm(x.flatten(start_dim=2)).view_as(x)


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)

    def forward(self, x, context):
        query, key = self.heads(self.q_proj(x), self.n_head), self.heads(self.k_proj(x), self.n_kv_head)
        value = self.heads(self.v_proj(x), self.n_kv_head)
        steps = [
            lambda q, k: (self.q_norm(q), self.k_norm(k)),
            lambda q, k: (context.rotate(q), context.rotate(k)),
        ]
        for step in reversed(steps) if self.qk_norm_after_rotary else steps:
            query, key = step(query, key)
        found = self.attend(query, key, value, context)
        gate = torch.ones_like(found) if self.gate_proj is None else self.gate_proj(x).sigmoid().view_as(found)
        return self.dropout(self.o_proj((gate * found).reshape(*x.shape[:2], -1)))


class DifferentialAttention(CausalSelfAttention):
    def __init__(self, config):
        if config.n_kv_head % 2 != 0:
            raise ValueError(f"an even n_kv_head, please, and not {config.n_kv_head}")
        super().__init__(config)
        self.norm_eps = config.norm_eps
        self.share_q1, self.share_k1, self.share_q2, self.share_k2 = (
            nn.Parameter(torch.empty(config.head_dim).normal_(mean=0.0, std=0.1)) for _ in range(4)
        )

    def attend(self, query, key, value, context):
        # Each half by itself, with the key/value heads that are its own.
        H, G = query.size(2) // 2, key.size(2) // 2
        pairs = torch.cat((value[:, :, :G], value[:, :, G:]), dim=3)
        found = super().attend(query, key, torch.cat((pairs, pairs), dim=2), context)
        base = 0.2 + 0.6 * (1 - 2.718281828459045 ** (-0.3 * context.layer))
        dots = [(self.share_q1.float() * self.share_k1.float()).sum()]
        dots.append((self.share_q2.float() * self.share_k2.float()).sum())
        share = base + dots[0].exp() - dots[1].exp()
        difference = found[:, :, :H] - found[:, :, H:] * share.to(found.dtype)
        return rms_norm(difference, self.norm_eps).mul(1 - base)  # noqa: F821 - the file that this goes into has it
