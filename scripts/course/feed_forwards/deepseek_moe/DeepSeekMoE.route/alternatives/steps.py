"""The choice without a gradient, by sorting; groups always, of which there may be one; no eps in the sum."""

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def route(self, tokens):
        dtype = torch.promote_types(tokens.dtype, torch.float32)
        with torch.autocast(tokens.device.type, enabled=False):
            logits = (self.router.weight.to(dtype) @ tokens.to(dtype).mT).mT
        scores = torch.special.expit(logits)
        with torch.no_grad():
            order = within_groups(scores + self.correction_bias, self.n_group, self.topk_group).sort(descending=True)
            chosen = order.indices[:, : self.num_experts_per_tok]
        weight = torch.take_along_dim(scores, chosen, dim=1)
        total = weight.sum(1, keepdim=True) if self.norm_topk_prob else 1.0
        return self.routed_scaling_factor * (weight / total), chosen
