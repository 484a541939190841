"""A choice between two sides; experts as masks, and a softmax over the scores of the chosen alone."""

import torch
from torch import nn


def relu(x):
    return torch.where(x > 0, x, 0.0)


def leaky_relu(x):
    return torch.where(x > 0, x, 0.01 * x)


def gelu(x):
    return x * torch.special.ndtr(x)


def gelu_tanh(x):
    cubed = x.pow(3)
    inner = (2 / torch.pi) ** 0.5 * (x + 0.044715 * cubed)
    return x / 2 + x / 2 * inner.tanh()


def silu(x):
    return torch.sigmoid(x).mul(x)


class MLP(nn.Module):
    def forward(self, x):
        for step in (self.up_proj, self.activation, self.down_proj, self.dropout):
            x = step(x)
        return x


class GatedMLP(nn.Module):
    def forward(self, x):
        hidden = self.up_proj(x) * self.activation(self.gate_proj(x))
        return self.dropout(self.down_proj(hidden))


def load_balance_loss(probability, chosen):
    experts = torch.arange(probability.shape[1])
    share = (chosen[:, :, None] == experts).any(dim=1).double().mean(dim=0).to(probability.dtype)
    return len(experts) * torch.sum(share * probability.mean(dim=0))


class MoE(nn.Module):
    def forward(self, x):
        flat = x.view(-1, x.size(-1))
        logits = self.router(flat)
        wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
        best, chosen = wide.topk(self.n_active)
        # The whole softmax divided by the sum of the chosen is the softmax of the chosen.
        weight = best.softmax(dim=-1).to(x.dtype)
        result = torch.zeros_like(flat)
        for index in range(len(self.experts)):
            here = chosen == index
            mask = here.any(dim=-1)
            if not mask.any():
                continue
            share = (weight * here).sum(dim=-1)[mask]
            result[mask] += self.experts[index](flat[mask]) * share.unsqueeze(-1)
        self.auxiliary_loss = (
            load_balance_loss(wide.softmax(dim=-1), chosen) * self.balance_loss_weight if self.training else 0.0
        )
        return result.view(x.shape)
