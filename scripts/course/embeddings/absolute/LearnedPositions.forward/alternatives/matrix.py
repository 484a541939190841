"""A one-hot look-up, as a product of matrices."""

from torch import nn


class LearnedPositions(nn.Module):
    def forward(self, x, position):
        one_hot = nn.functional.one_hot(position, self.embedding.num_embeddings).to(x.dtype)
        return x + one_hot @ self.embedding.weight
