"""As nanoGPT writes it (model.py), with the names used here."""

import torch
from torch import nn


class GPT(nn.Module):
    def init_weights(self):
        self.apply(self._init_weights)
        for pn, p in self.named_parameters():
            if pn.endswith(("o_proj.weight", "down_proj.weight", "lm_head.weight")):
                torch.nn.init.constant_(p, 0.0)
