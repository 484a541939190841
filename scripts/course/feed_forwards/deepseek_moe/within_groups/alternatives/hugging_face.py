"""As in transformers: a mask of ones at the groups that were chosen, expanded to their experts."""

import torch


def within_groups(scores, n_group, topk_group):
    N, E = scores.shape
    group_scores = scores.view(N, n_group, E // n_group).topk(2, dim=-1)[0].sum(dim=-1)
    group_idx = torch.topk(group_scores, k=topk_group, dim=-1, sorted=False)[1]
    group_mask = torch.zeros_like(group_scores)
    group_mask.scatter_(1, group_idx, 1)
    score_mask = group_mask.unsqueeze(-1).expand(N, n_group, E // n_group).reshape(N, E)
    return scores.masked_fill(~score_mask.bool(), float("-inf"))
