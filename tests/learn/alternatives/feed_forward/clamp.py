"""Clamped at zero; formulas by hand; in place where the hidden layer is nobody else's."""

import math

import torch
from torch import nn


def relu(x):
    return x.clamp(min=0)


def leaky_relu(x):
    return x.clamp(min=0) + 0.01 * x.clamp(max=0)


def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x):
    return x * x.sigmoid()


class MLP(nn.Module):
    def forward(self, x):
        hidden = self.up_proj(x)
        hidden = self.activation(hidden)
        out = self.down_proj(hidden)
        return nn.functional.dropout(out, self.dropout.p, training=self.training)


class GatedMLP(nn.Module):
    def forward(self, x):
        hidden = self.up_proj(x)
        hidden *= self.activation(self.gate_proj(x))
        out = self.down_proj(hidden)
        return nn.functional.dropout(out, self.dropout.p, training=self.training)
