"""A choice between two sides; experts as masks, and a softmax over the logits of the chosen alone."""

import torch
from torch import nn


class MoE(nn.Module):
    def forward(self, x):
        flat = x.view(-1, x.size(-1))
        logits = self.router(flat)
        wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
        best, chosen = wide.topk(self.num_experts_per_tok)
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
            load_balance_loss(wide.softmax(dim=-1), chosen) * self.router_aux_loss_coef if self.training else 0.0
        )
        return result.view(x.shape)
