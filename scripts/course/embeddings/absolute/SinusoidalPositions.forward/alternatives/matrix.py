"""Sequence by sequence."""

import torch
from torch import nn


class SinusoidalPositions(nn.Module):
    def forward(self, x, position):
        rows = zip(x, position.expand(x.shape[:2]), strict=True)
        return torch.stack([sequence + self.table[own] for sequence, own in rows]).to(x.dtype)
