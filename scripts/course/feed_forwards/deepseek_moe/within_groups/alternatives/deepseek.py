"""As DeepSeek's own inference code: a mask that is true where groups are closed."""

import torch


def within_groups(scores, n_group, topk_group):
    size = scores.shape[-1] // n_group
    grouped = scores.reshape(len(scores), n_group, size)
    first, second = grouped.sort(dim=-1, descending=True).values[..., :2].unbind(-1)
    indices = (first + second).argsort(dim=-1, descending=True)[:, :topk_group]
    closed = torch.ones(len(scores), n_group, dtype=torch.bool, device=scores.device)
    closed[torch.arange(len(scores))[:, None], indices] = False
    return torch.where(closed.repeat_interleave(size, dim=1), -torch.inf, scores)
