"""As in transformers: logits by F.linear, scaled and normalised in place."""

import torch
import torch.nn.functional as F
from torch import nn


class DeepSeekMoE(nn.Module):
    def route(self, tokens):
        wide = torch.float64 if tokens.dtype == torch.float64 else torch.float32
        with torch.autocast(device_type=tokens.device.type, enabled=False):
            router_logits = F.linear(tokens.type(wide), self.router.weight.type(wide))
        scores = router_logits.sigmoid()
        scores_for_choice = scores + self.correction_bias
        if self.n_group > 1:
            scores_for_choice = within_groups(scores_for_choice, self.n_group, self.topk_group)
        topk_indices = torch.topk(scores_for_choice, k=self.num_experts_per_tok, dim=-1, sorted=False)[1]
        topk_weights = scores.gather(1, topk_indices)
        if self.norm_topk_prob:
            denominator = topk_weights.sum(dim=-1, keepdim=True) + 1e-20
            topk_weights = topk_weights / denominator
        topk_weights = topk_weights * self.routed_scaling_factor
        return topk_weights, topk_indices
