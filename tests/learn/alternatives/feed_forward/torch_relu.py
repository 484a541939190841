"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch
import torch.nn.functional as F
from torch import nn


def relu(x):
    return torch.relu(x)


def leaky_relu(x):
    return torch.maximum(x, x * 0.01)


def gelu(x):
    return x * torch.distributions.Normal(0.0, 1.0).cdf(x).to(x.dtype)


def gelu_tanh(x):
    # (1 + tanh(z)) / 2 is sigmoid(2 z).
    return x * torch.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))


def silu(x):
    # The logistic curve is a tangent hyperbolicus, squeezed and lifted.
    return x * (1 + torch.tanh(x / 2)) / 2


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.n_embd * 4 if config.ffn_hidden is None else config.ffn_hidden
        self.dropout = nn.Dropout(p=config.dropout)
        self.down_proj = nn.Linear(hidden, config.n_embd, config.bias)
        self.up_proj = nn.Linear(config.n_embd, hidden, config.bias)
        self.activation = ACTIVATIONS[config.activation]  # noqa: F821, the reference's

    def forward(self, x):
        return self.dropout(self.down_proj(self.activation(self.up_proj(x))))


class GatedMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.ffn_hidden
        if hidden is None:
            # Whole numbers all the way: -(-a // b) rounds up.
            hidden = -(-8 * config.n_embd // (3 * config.ffn_multiple_of)) * config.ffn_multiple_of
        for name in ("up_proj", "gate_proj"):
            setattr(self, name, nn.Linear(config.n_embd, hidden, bias=config.bias))
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
        self.activation = ACTIVATIONS[config.activation]  # noqa: F821, the reference's

    def forward(self, x):
        gate = self.gate_proj(x)
        gate = self.activation(gate)
        return self.dropout(self.down_proj(torch.einsum("...f,...f->...f", self.up_proj(x), gate)))


def load_balance_loss(probability, chosen):
    E = probability.shape[1]
    share = F.one_hot(chosen, E).sum(dim=1).to(probability.dtype).mean(dim=0)
    return E * share @ probability.mean(dim=0)


class MoE(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.experts = nn.ModuleList()
        for _ in range(config.n_expert):
            self.experts.append(GatedMLP(config))
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        self.n_active, self.balance_loss_weight = config.n_expert_active, config.balance_loss_weight

    def forward(self, x):
        tokens = x.reshape(-1, x.shape[-1])
        probability = self.router(tokens).float().softmax(dim=-1)
        chosen = probability.argsort(dim=-1, descending=True)[:, : self.n_active]
        weight = probability.gather(1, chosen)
        weight = weight / weight.sum(dim=-1, keepdim=True)
        rows = []
        for token, row, weights in zip(tokens, chosen.tolist(), weight, strict=True):
            said = [share.to(x.dtype) * self.experts[e](token) for e, share in zip(row, weights, strict=True)]
            rows.append(sum(said))
        self.auxiliary_loss = 0.0
        if self.training:
            self.auxiliary_loss = self.balance_loss_weight * load_balance_loss(probability, chosen)
        return torch.stack(rows).reshape(x.shape)
