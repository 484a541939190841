"""A new tensor under the old name; one line for those above the mean, one for those below."""

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def update_bias(self, load):
        busy, idle = (load > load.mean()), (load < load.mean())
        with torch.no_grad():
            step = self.bias_update_speed * (idle.to(self.correction_bias.dtype) - busy.to(self.correction_bias.dtype))
            self.correction_bias = self.correction_bias + step
