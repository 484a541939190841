"""One call, as in torchtitan."""

import torch
from torch import nn


class DeepSeekMoE(nn.Module):
    def update_bias(self, load):
        self.correction_bias.add_(torch.sign(load.mean() - load), alpha=self.bias_update_speed)
