"""The layers as plain matrix products, gate and up as one; the activations from torch's modules."""

import torch
import torch.nn.functional as F
from torch import nn


class GatedMLP(nn.Module):
    def forward(self, x):
        weight = torch.cat((self.gate_proj.weight, self.up_proj.weight))
        bias = None if self.gate_proj.bias is None else torch.cat((self.gate_proj.bias, self.up_proj.bias))
        gate, up = F.linear(x, weight, bias).chunk(2, dim=-1)
        return self.dropout(self.down_proj(self.activation(gate) * up))
