"""The positions that count chosen before the loss; the loss itself by hand. Functions of torch instead of modules."""

import torch
from torch import nn
from torch.nn import functional as F


class GPT(nn.Module):
    def embedded(self, tokens, positions):
        x = F.embedding(tokens, self.token_embedding.weight)
        if self.config.embedding_scale:
            x = x.mul(self.config.n_embd**0.5)
        x = self.embedding_norm(self.positions.embed(x, positions))
        return F.dropout(x, p=self.config.dropout, training=self.training)

    def capped(self, x):
        logits = F.linear(x, self.lm_head.weight)
        wide = logits if logits.dtype == torch.float64 else logits.float()
        wide = self.config.logit_scale * wide
        cap = self.config.logit_softcap
        return wide if cap is None else torch.tanh(wide * (1 / cap)).mul(cap)

    def get_device(self):
        return self.lm_head.weight.device
