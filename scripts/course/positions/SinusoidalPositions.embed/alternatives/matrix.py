"""The tables number by number in plain Python; the turn as a product with two by two matrices; a one-hot look-up."""

import torch
from torch import nn


class SinusoidalPositions(nn.Module):
    def embed(self, x, position):
        rows = zip(x, position.expand(x.shape[:2]), strict=True)
        return torch.stack([sequence + self.table[own] for sequence, own in rows]).to(x.dtype)
