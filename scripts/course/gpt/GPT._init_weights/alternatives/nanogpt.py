"""As nanoGPT writes it (model.py), with the docstring's standard deviations: the bias first, means given."""

import torch
from torch import nn


class GPT(nn.Module):
    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            fan_out, fan_in = module.weight.shape
            torch.nn.init.normal_(module.weight, mean=0.0, std=min(1.0, (fan_out / fan_in) ** 0.5) / fan_in**0.5)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=1.0)
