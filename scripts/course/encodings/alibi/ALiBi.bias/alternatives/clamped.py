"""Head by head; keys ahead, which the mask hides, get no bias."""

import torch
from torch import nn


class ALiBi(nn.Module):
    def bias(self, query_position, key_position):
        # What lies ahead is hidden, so that its bias may be anything, zero for one.
        behind = (query_position.unsqueeze(-1) - key_position.unsqueeze(-2)).clamp(min=0)
        return torch.stack([-slope * behind for slope in self.slopes], dim=-3)
