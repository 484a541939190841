"""As transformers writes it (modeling_llama.py), with the names used here."""

import torch
from torch import nn


class GPT(nn.Module):
    @torch.no_grad()
    def init_weights(self):
        for module in self.modules():
            self._init_weights(module)
        for name, module in self.named_modules():
            if name.split(".")[-1] in ("o_proj", "down_proj", "lm_head"):
                module.weight.data.zero_()
