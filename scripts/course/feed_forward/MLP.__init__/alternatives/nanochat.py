"""As nanochat writes it."""

import torch.nn as nn


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up_proj = nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)
        self.down_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=False)
