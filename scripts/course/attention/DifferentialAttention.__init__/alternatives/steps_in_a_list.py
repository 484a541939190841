"""Norm and rotation as two steps in a list, which is turned round; where there is no gate, one of ones."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def heads(self, y, n):
        return y.view(*y.shape[:2], n, self.head_dim)


class DifferentialAttention(CausalSelfAttention):
    def __init__(self, config):
        if config.n_kv_head % 2 != 0:
            raise ValueError(f"an even n_kv_head, please, and not {config.n_kv_head}")
        super().__init__(config)
        self.norm_eps = config.norm_eps
        self.share_q1, self.share_k1, self.share_q2, self.share_k2 = (
            nn.Parameter(torch.empty(config.head_dim).normal_(mean=0.0, std=0.1)) for _ in range(4)
        )
