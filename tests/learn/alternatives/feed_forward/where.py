"""A choice between the square and zero."""

import torch
from torch import nn


def squared_relu(h):
    return torch.where(h > 0, h * h, 0.0)


class MLP(nn.Module):
    def forward(self, x):
        return self.down_proj(squared_relu(self.up_proj(x)))
