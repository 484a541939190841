"""A pair is a complex number, a turn a product with another one; slopes and stretches as powers of torch."""

import torch
from torch import nn


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        ahead = (key_position.unsqueeze(-2) - query_position.unsqueeze(-1)).type_as(self.slopes)
        return torch.einsum("h,...ts->...hts", self.slopes, ahead)
