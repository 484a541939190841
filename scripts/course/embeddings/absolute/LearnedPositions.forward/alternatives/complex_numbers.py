"""With `F.embedding`, and positions for every sequence."""

from torch import nn


class LearnedPositions(nn.Module):
    def forward(self, x, position):
        return nn.functional.embedding(position.expand(x.shape[:2]), self.embedding.weight) + x
