"""The projection as two products, one for each half."""

from torch import nn
from torch.nn import functional as F


class MTPModule(nn.Module):
    def forward(self, h, e, context):
        of_e, of_h = self.eh_proj.weight.chunk(2, dim=1)
        hidden_states = F.linear(self.enorm(e), of_e) + F.linear(self.hnorm(h), of_h)
        hidden_states = self.block(hidden_states, context)
        return self.norm(hidden_states)
