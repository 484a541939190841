"""Halves by slices."""

import torch


class DifferentialAttention(Attention):
    def attend(self, query, key, value, context):
        # Each half by itself, with the key/value heads that are its own.
        H, G = query.size(2) // 2, key.size(2) // 2
        pairs = torch.cat((value[:, :, :G], value[:, :, G:]), dim=3)
        y = super().attend(query, key, torch.cat((pairs, pairs), dim=2), context)
        dots = [(self.lambda_q1.float() * self.lambda_k1.float()).sum()]
        dots.append((self.lambda_q2.float() * self.lambda_k2.float()).sum())
        lambda_ = self.lambda_init + dots[0].exp() - dots[1].exp()
        difference = y[:, :, :H] - y[:, :, H:] * lambda_.to(y.dtype)
        return rms_norm(difference, self.norm_eps).mul(1 - self.lambda_init)
