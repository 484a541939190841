"""Any weight of the model tells."""

from torch import nn


class GPT(nn.Module):
    def get_device(self):
        return self.head.lm_head.weight.device
