"""As nanochat writes it (nanochat/gpt.py, November 2025), with the names used here."""

import torch
from torch import nn


class GPT(nn.Module):
    def init_weights(self):
        self.apply(self._init_weights)
        # Zero out the head.
        torch.nn.init.zeros_(self.head.lm_head.weight)
        # Zero out the output projections of all blocks.
        for block in self.blocks:
            torch.nn.init.zeros_(block.mlp.down_proj.weight)
            torch.nn.init.zeros_(block.attn.o_proj.weight)
