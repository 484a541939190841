"""The loss from a log-softmax, picked out with gather."""

import torch
from torch import nn


class GPT(nn.Module):
    def forward(self, tokens, targets=None, cache=None):
        position = self.positions_of(tokens, cache)
        x = self.embedding(tokens, position)
        for number, context in enumerate(self.positions(position, cache)):
            x = self.blocks[number](x, context)
        logits = self.head(x)
        if targets is None:
            return logits
        counts = targets != -1
        picked = torch.log_softmax(logits, dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return -(picked * counts).sum() / counts.sum()
