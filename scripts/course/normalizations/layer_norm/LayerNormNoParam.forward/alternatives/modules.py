"""The modules by torch's own functions; nothing of the file that this goes into is used."""

import torch
from torch import nn


class LayerNormNoParam(nn.Module):
    def forward(self, x):
        deviation, mean = torch.std_mean(x.double(), dim=-1, correction=0, keepdim=True)
        return ((x - mean) / (deviation**2 + self.eps).sqrt()).to(x.dtype)
