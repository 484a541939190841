"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

from torch import nn


class SinusoidalPositions(nn.Module):
    def embed(self, x, position):
        return x + self.table.to(x.dtype)[position]
