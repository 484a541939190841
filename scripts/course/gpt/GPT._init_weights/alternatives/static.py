"""A static method, since it needs nothing of the model; weights copied in."""

import math

import torch
from torch import nn


class GPT(nn.Module):
    @staticmethod
    @torch.no_grad()
    def _init_weights(module):
        if isinstance(module, nn.Linear):
            rows, columns = module.weight.size()
            std = 1 / math.sqrt(columns) if rows >= columns else math.sqrt(rows) / columns
            module.weight.copy_(torch.randn(rows, columns) * std)
            if module.bias is not None:
                module.bias.fill_(0)
        elif isinstance(module, nn.Embedding):
            module.weight.copy_(torch.randn(module.weight.shape))
