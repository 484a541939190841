import torch
from torch import nn


class DeepSeekSparseAttention(nn.Module):
    def choose(self, scores, mods):
        visible = mods.mask()[:, 0]
        scores = torch.where(visible, scores, -torch.inf)
        if not self.training or not self.dense:
            best = scores.topk(min(self.topk, scores.size(-1)), dim=-1).indices
            hidden = torch.ones_like(scores, dtype=torch.bool).scatter(-1, best, False) | ~visible
            scores = scores.masked_fill(hidden, -torch.inf)
            mods = with_mask(mods, ~hidden.unsqueeze(1).repeat(1, self.n_head, 1, 1))
        return scores, mods
