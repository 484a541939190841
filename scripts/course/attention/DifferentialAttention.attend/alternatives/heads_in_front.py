"""A helper that norms and turns one of the two; projections as functions; the norm over the full width by pieces."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def told(self, y, norm, context):
        """Queries or keys that know their positions."""
        before, after = (nn.Identity(), norm) if self.qk_norm_after_rotary else (norm, nn.Identity())
        return after(context.rotate(before(y)))


class DifferentialAttention(CausalSelfAttention):
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
