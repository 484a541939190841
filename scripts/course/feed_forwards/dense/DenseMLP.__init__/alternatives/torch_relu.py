"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch import nn


class DenseMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.n_embd * 4 if config.ffn_hidden is None else config.ffn_hidden
        self.dropout = nn.Dropout(p=config.dropout)
        self.down_proj = nn.Linear(hidden, config.n_embd, config.bias)
        self.up_proj = nn.Linear(config.n_embd, hidden, config.bias)
        self.activation = ACTIVATIONS[config.activation]
