"""Halves by slices."""

import torch
from torch import nn


class DifferentialAttention(Attention):
    def __init__(self, config, layer):
        if config.n_kv_head % 2 != 0:
            raise ValueError(f"an even n_kv_head, please, and not {config.n_kv_head}")
        super().__init__(config, layer)
        self.norm_eps = config.norm_eps
        self.lambda_init = 0.2 + 0.6 * (1 - 2.718281828459045 ** (-0.3 * layer))
        self.lambda_q1, self.lambda_k1, self.lambda_q2, self.lambda_k2 = (
            nn.Parameter(torch.empty(config.head_dim).normal_(mean=0.0, std=0.1)) for _ in range(4)
        )
