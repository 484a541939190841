"""A helper that norms and turns one of the two; projections as functions; the norm over the full width by pieces."""

import torch
from torch import nn


class FullWidthNorm(nn.Module):
    def forward(self, x):
        # One head after the other, then back into a stack.
        together = self.norm(torch.cat(x.unbind(dim=-2), dim=-1))
        return torch.stack(together.chunk(x.size(-2), dim=-1), dim=-2)
