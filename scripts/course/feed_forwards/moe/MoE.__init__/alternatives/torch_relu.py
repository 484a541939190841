"""torch's functions; widths step by step; tokens sent to experts one by one."""

from torch import nn


class MoE(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.experts = nn.ModuleList()
        for _ in range(config.n_expert):
            self.experts.append(GatedMLP(config))
        self.router = nn.Linear(config.n_embd, config.n_expert, bias=False)
        self.num_experts_per_tok, self.router_aux_loss_coef = config.num_experts_per_tok, config.router_aux_loss_coef
