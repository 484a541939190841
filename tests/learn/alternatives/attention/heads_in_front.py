"""A helper that norms and turns one of the two; projections as functions; the norm over the full width by pieces."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        # One head after the other, then back into a stack.
        together = self.norm(torch.cat(x.unbind(dim=-2), dim=-1))
        return torch.stack(together.chunk(x.size(-2), dim=-1), dim=-2)


class CausalSelfAttention(nn.Module):
    def told(self, y, norm, context):
        """Queries or keys that know their positions."""
        before, after = (nn.Identity(), norm) if self.qk_norm_after_rotary else (norm, nn.Identity())
        return after(context.rotate(before(y)))

    def forward(self, x, context):
        q, k, v = (
            F.linear(x, projection.weight, projection.bias).unflatten(-1, (-1, self.head_dim))
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = self.told(q, self.q_norm, context), self.told(k, self.k_norm, context)
        y = torch.cat(self.attend(q, k, v, context).unbind(dim=2), dim=-1)
        if self.gate_proj is not None:
            # A sigmoid is half a hyperbolic tangent, and a half.
            y = y * (torch.tanh(self.gate_proj(x) / 2) + 1) / 2
        return F.dropout(self.o_proj(y), self.dropout.p, self.training)


class DifferentialAttention(CausalSelfAttention):
    def __init__(self, config):
        super().__init__(config)
        if config.n_kv_head & 1:
            raise ValueError("n_kv_head must be even, not " + str(config.n_kv_head))
        self.norm_eps = config.norm_eps
        for number in "12":
            for kind in "qk":
                parameter = nn.Parameter(torch.zeros(config.head_dim))
                nn.init.normal_(parameter, std=0.1)
                self.register_parameter(f"share_{kind}{number}", parameter)

    def attend(self, query, key, value, context):
        B, T, G, D = value.shape
        # (B, T, half, pair, D) to (B, T, pair, half, D), and both halves beside each other.
        pairs = value.reshape(B, T, 2, G // 2, D).transpose(2, 3).reshape(B, T, G // 2, 2 * D)
        found = super().attend(query, key, torch.tile(pairs, (1, 1, 2, 1)), context)
        signal, noise = found.unflatten(2, (2, -1)).unbind(dim=2)
        base = 0.8 - 0.6 / math.exp(0.3 * context.layer)
        one, two = (
            torch.exp(torch.dot(q.double(), k.double()))
            for q, k in ((self.share_q1, self.share_k1), (self.share_q2, self.share_k2))
        )
        share = one - two + base
        out = torch.addcmul(signal, noise, share.to(noise.dtype), value=-1)
        return F.rms_norm(out.double(), (2 * D,), eps=self.norm_eps).mul(1 - base).to(value.dtype)
