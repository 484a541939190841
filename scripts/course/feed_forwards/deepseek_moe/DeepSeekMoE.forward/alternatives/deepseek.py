"""As DeepSeek's own inference code: the counts first, experts without tokens left out."""

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def forward(self, x):
        shape = x.size()
        x = x.view(-1, shape[-1])
        weights, indices = self.route(x)
        weights = weights.type_as(x)
        y = torch.zeros_like(x)
        counts = torch.bincount(indices.flatten(), minlength=len(self.experts))
        if self.training:
            self.load = self.load + counts
        for i in range(len(self.experts)):
            if counts[i] == 0:
                continue
            idx, top = torch.where(indices == i)
            y[idx] = y[idx] + self.experts[i](x[idx]) * weights[idx, top, None]
        if self.shared_expert is None:
            return y.view(shape)
        z = self.shared_expert(x)
        return (y + z).view(shape)
