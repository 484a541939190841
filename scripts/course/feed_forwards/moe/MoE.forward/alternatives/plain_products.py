"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

import torch
import torch.nn.functional as F
from torch import nn


class MoE(nn.Module):
    """Every expert reads every token; a matrix of weights, mostly zeros, says what of it counts."""

    def forward(self, x):
        probability = F.softmax(self.router(x).to(torch.promote_types(x.dtype, torch.float32)), dim=-1)
        values, chosen = torch.topk(probability, self.num_experts_per_tok)
        values = values / values.sum(-1, keepdim=True)
        weights = torch.zeros_like(probability).scatter(-1, chosen, values)
        everything = torch.stack([expert(x) for expert in self.experts], dim=-1)
        if self.training:
            loss = load_balance_loss(probability.flatten(0, 1), chosen.flatten(0, 1))
            self.auxiliary_loss = loss * self.router_aux_loss_coef
        else:
            self.auxiliary_loss = 0.0
        return torch.einsum("btce,bte->btc", everything, weights.to(x.dtype))
