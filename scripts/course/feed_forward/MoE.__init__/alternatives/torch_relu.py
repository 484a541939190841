"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch import nn


class MoE(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.experts = nn.ModuleList()
        for _ in range(config.n_expert):
            self.experts.append(GatedMLP(config))
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        self.n_active, self.balance_loss_weight = config.n_expert_active, config.balance_loss_weight
