"""Halves by reshaping, lambda in float64."""

import math

import torch
from torch import nn


class DifferentialAttention(Attention):
    def __init__(self, config, layer):
        super().__init__(config, layer)
        if config.n_kv_head & 1:
            raise ValueError("n_kv_head must be even, not " + str(config.n_kv_head))
        self.norm_eps = config.norm_eps
        self.lambda_init = 0.8 - 0.6 / math.exp(0.3 * layer)
        for number in "12":
            for kind in "qk":
                parameter = nn.Parameter(torch.zeros(config.head_dim))
                nn.init.normal_(parameter, std=0.1)
                self.register_parameter(f"lambda_{kind}{number}", parameter)
