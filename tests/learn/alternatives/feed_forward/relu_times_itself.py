"""relu(h)^2 = relu(h) h; the layers as plain matrix products."""

import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    def forward(self, x):
        h = x @ self.up_proj.weight.T
        return F.linear(F.relu(h) * h, self.down_proj.weight)
