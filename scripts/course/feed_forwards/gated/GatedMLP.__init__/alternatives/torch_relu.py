"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch import nn


class GatedMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.ffn_hidden
        if hidden is None:
            # Whole numbers all the way: -(-a // b) rounds up.
            hidden = -(-8 * config.n_embd // (3 * config.ffn_multiple_of)) * config.ffn_multiple_of
        for name in ("up_proj", "gate_proj"):
            setattr(self, name, nn.Linear(config.n_embd, hidden, bias=config.bias))
        self.down_proj = nn.Linear(hidden, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
        self.activation = ACTIVATIONS[config.activation]
