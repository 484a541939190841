"""Every expert reads every token; a matrix of weights, mostly zeros, says what of it counts."""

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def forward(self, x):
        flat = x.reshape(-1, x.size(-1))
        values, chosen = self.route(flat)
        weights = values.new_zeros(len(flat), len(self.experts)).scatter(-1, chosen, values)
        if self.training:
            ones = torch.ones_like(chosen, dtype=torch.float32)
            self.load += ones.new_zeros(len(flat), len(self.experts)).scatter(-1, chosen, ones).sum(dim=0)
        everything = torch.stack([expert(flat) for expert in self.experts], dim=-1)
        routed = torch.einsum("nce,ne->nc", everything, weights.to(x.dtype)).view(x.shape)
        return routed + self.shared_expert(x) if self.shared_expert is not None else routed
