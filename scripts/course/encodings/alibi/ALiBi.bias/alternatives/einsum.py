"""Slopes and distances by einsum."""

import torch
from torch import nn


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        ahead = (key_position.unsqueeze(-2) - query_position.unsqueeze(-1)).type_as(self.slopes)
        return torch.einsum("h,...ts->...hts", self.slopes, ahead)
