"""The positions that count chosen before the loss; the loss itself by hand. Functions of torch instead of modules."""

import torch
from torch import nn
from torch.nn import functional as F

from .initialization import INITS


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

    def init_weights(self):
        way = self.config.init
        if way in INITS:
            return INITS[way](self)
        if way != "nanochat":
            raise ValueError(f"nobody knows how to draw weights the way of {way}")
        self.apply(GPT._init_weights)
        with torch.no_grad():
            self.lm_head.weight.mul_(self.config.weight_tying)
            for block in self.blocks:
                for projection in (
                    block.attn.o_proj,
                    *(e.down_proj for e in getattr(block.mlp, "experts", [block.mlp])),
                ):
                    projection.weight[:] = 0
        return None
