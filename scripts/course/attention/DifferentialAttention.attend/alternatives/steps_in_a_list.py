"""Norm and rotation as two steps in a list, which is turned round; where there is no gate, one of ones."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)


class DifferentialAttention(CausalSelfAttention):
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
        return rms_norm(difference, self.norm_eps).mul(1 - base)
