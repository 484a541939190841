"""Step by step; torch's buffers as attributes; the width of the experts by hand."""

import dataclasses
import math

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config.expert_hidden or config.ffn_hidden
        if width is None:
            width = math.ceil(8 * config.n_embd / 3 / config.ffn_multiple_of) * config.ffn_multiple_of
        self.experts = nn.ModuleList()
        for _ in range(config.n_expert):
            self.experts.append(GatedMLP(dataclasses.replace(config, ffn_hidden=width)))
        self.shared_expert = None
        if config.n_shared_expert > 0:
            self.shared_expert = GatedMLP(dataclasses.replace(config, ffn_hidden=width * config.n_shared_expert))
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        wide = torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32
        self.correction_bias = nn.Buffer(torch.zeros(config.n_expert, dtype=wide))
        for name in ("num_experts_per_tok", "n_group", "topk_group", "norm_topk_prob", "routed_scaling_factor"):
            setattr(self, name, getattr(config, name))
        self.bias_update_speed = config.bias_update_speed
