"""Halves by reshaping, lambda in float64."""

import torch
import torch.nn.functional as F


class DifferentialAttention(Attention):
    def attend(self, query, key, value, context):
        B, T, G, D = value.shape
        # (B, T, half, pair, D) to (B, T, pair, half, D), and both halves beside each other.
        pairs = value.reshape(B, T, 2, G // 2, D).transpose(2, 3).reshape(B, T, G // 2, 2 * D)
        y = super().attend(query, key, torch.tile(pairs, (1, 1, 2, 1)), context)
        signal, noise = y.unflatten(2, (2, -1)).unbind(dim=2)
        one, two = (
            torch.exp(torch.dot(q.double(), k.double()))
            for q, k in ((self.lambda_q1, self.lambda_k1), (self.lambda_q2, self.lambda_k2))
        )
        lambda_ = one - two + self.lambda_init
        out = torch.addcmul(signal, noise, lambda_.to(noise.dtype), value=-1)
        return F.rms_norm(out.double(), (2 * D,), eps=self.norm_eps).mul(1 - self.lambda_init).to(value.dtype)
