"""The positions that count chosen before the loss; the loss itself by hand. The cap's factor taken inside."""

import torch
from torch import nn
from torch.nn import functional as F

from .positions import Context


def check_length(length, longest):
    if length > longest:
        raise ValueError(f"sequence of length {length} is longer than max_seq_len={longest}")


class GPT(nn.Module):
    def capped(self, x):
        logits = F.linear(x, self.lm_head.weight)
        wide = logits if logits.dtype == torch.float64 else logits.float()
        return torch.tanh(wide * (1 / self.config.logit_softcap)).mul(self.config.logit_softcap)

    def init_weights(self):
        self.apply(GPT._init_weights)
        with torch.no_grad():
            self.lm_head.weight.mul_(0)
            for block in self.blocks:
                for projection in (block.attn.o_proj, block.mlp.down_proj):
                    projection.weight[:] = 0

    @staticmethod
    def _init_weights(module):
        match module:
            case nn.Linear():
                fan_in, fan_out = module.in_features, module.out_features
                torch.nn.init.normal_(module.weight, mean=0.0, std=min(fan_in, fan_out) ** 0.5 / fan_in)
                if module.bias is not None:
                    torch.nn.init.zeros_(module.bias)
            case nn.Embedding():
                torch.nn.init.normal_(module.weight)

    def get_device(self):
        return self.lm_head.weight.device

    def forward(self, tokens, targets=None):
        T = tokens.size(1)
        check_length(T, self.config.max_seq_len)
        x = self.embedding_norm(F.embedding(tokens, self.token_embedding.weight))
        context = Context(self.cos[0:T, :], self.sin[0:T, :])
        for block in self.blocks:
            x = block(x, context)
        logits = self.capped(self.final_norm(x))
        if targets is None:
            return logits
        chosen = targets >= 0
        logits, targets = logits[chosen], targets[chosen]
        return (logits.logsumexp(-1) - logits[torch.arange(len(targets)), targets]).mean()
