"""torch's functions; widths step by step; tokens sent to experts one by one."""

import torch
from torch import nn


class MoE(nn.Module):
    def forward(self, x):
        tokens = x.reshape(-1, x.shape[-1])
        probability = self.router(tokens).float().softmax(dim=-1)
        chosen = probability.argsort(dim=-1, descending=True)[:, : self.num_experts_per_tok]
        weight = probability.gather(1, chosen)
        weight = weight / weight.sum(dim=-1, keepdim=True)
        rows = []
        for token, row, weights in zip(tokens, chosen.tolist(), weight, strict=True):
            said = [share.to(x.dtype) * self.experts[e](token) for e, share in zip(row, weights, strict=True)]
            rows.append(sum(said))
        self.auxiliary_loss = 0.0
        if self.training:
            self.auxiliary_loss = self.router_aux_loss_coef * load_balance_loss(probability, chosen)
        return torch.stack(rows).reshape(x.shape)
