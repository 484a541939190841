"""As nanochat writes it (nanochat/gpt.py, November 2025), with the names used here."""

from torch import nn
from torch.nn import functional as F


class GPT(nn.Module):
    def forward(self, idx, targets=None, cache=None):
        position = self.positions_of(idx, cache)
        # The trunk of the transformer.
        x = self.embedding(idx, position)
        contexts = self.positions(position, cache)
        for block, context in zip(self.blocks, contexts, strict=True):
            x = block(x, context)
        logits = self.head(x)
        if targets is not None:
            # Training: the loss.
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
            return loss
        # Inference: the logits.
        return logits
