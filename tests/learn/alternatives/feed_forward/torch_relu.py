"""torch.relu and a power."""

import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.n_embd * 4
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=False)
        self.up_proj = nn.Linear(config.n_embd, hidden, bias=False)

    def forward(self, x):
        return self.down_proj(torch.relu(self.up_proj(x)) ** 2)
