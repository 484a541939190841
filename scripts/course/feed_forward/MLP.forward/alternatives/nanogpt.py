"""As modded nanoGPTs write it: the activation first, then its square as a power."""

import torch
import torch.nn as nn


class MLP(nn.Module):
    def forward(self, x):
        hidden = torch.relu(self.up_proj(x))
        return self.down_proj(hidden**2)
