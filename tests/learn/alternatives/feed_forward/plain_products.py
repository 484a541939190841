"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

import torch
import torch.nn.functional as F
from torch import nn


def relu(x):
    return nn.ReLU()(x)


def leaky_relu(x):
    return nn.LeakyReLU(0.01)(x)


def gelu(x):
    return nn.GELU()(x)


def gelu_tanh(x):
    return nn.GELU(approximate="tanh")(x)


def silu(x):
    return nn.SiLU()(x)


class MLP(nn.Module):
    def forward(self, x):
        h = x @ self.up_proj.weight.T
        if self.up_proj.bias is not None:
            h = h + self.up_proj.bias
        return self.dropout(F.linear(self.activation(h), self.down_proj.weight, self.down_proj.bias))


class GatedMLP(nn.Module):
    def forward(self, x):
        weight = torch.cat((self.gate_proj.weight, self.up_proj.weight))
        bias = None if self.gate_proj.bias is None else torch.cat((self.gate_proj.bias, self.up_proj.bias))
        gate, up = F.linear(x, weight, bias).chunk(2, dim=-1)
        return self.dropout(self.down_proj(self.activation(gate) * up))


def load_balance_loss(probability, chosen):
    tokens, experts = probability.shape
    counts = torch.zeros(experts, dtype=probability.dtype)
    counts.scatter_add_(0, chosen.reshape(-1), torch.ones(chosen.numel(), dtype=probability.dtype))
    return torch.dot(counts, probability.sum(0)) * experts / tokens**2


class MoE(nn.Module):
    """Every expert reads every token; a matrix of weights, mostly zeros, says what of it counts."""

    def forward(self, x):
        probability = F.softmax(self.router(x).to(torch.promote_types(x.dtype, torch.float32)), dim=-1)
        values, chosen = torch.topk(probability, self.n_active)
        values = values / values.sum(-1, keepdim=True)
        weights = torch.zeros_like(probability).scatter(-1, chosen, values)
        everything = torch.stack([expert(x) for expert in self.experts], dim=-1)
        if self.training:
            loss = load_balance_loss(probability.flatten(0, 1), chosen.flatten(0, 1))
            self.auxiliary_loss = loss * self.balance_loss_weight
        else:
            self.auxiliary_loss = 0.0
        return torch.einsum("btce,bte->btc", everything, weights.to(x.dtype))
