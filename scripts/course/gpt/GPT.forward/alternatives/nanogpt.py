"""As nanoGPT writes it (model.py), with the names used here."""

from torch import nn
from torch.nn import functional as F


class GPT(nn.Module):
    def forward(self, tokens, targets=None, cache=None):
        t = tokens.size(1)
        assert t <= self.config.max_seq_len, f"cannot forward sequence of length {t}"
        pos = self.positions_of(tokens, cache)
        x = self.embedding(tokens, pos)
        contexts = iter(self.positions(pos, cache))
        for block in self.blocks:
            x = block(x, next(contexts))
        if targets is not None:
            logits = self.head(x)
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
        else:
            logits = self.head(x)
            loss = None
        return logits if loss is None else loss
