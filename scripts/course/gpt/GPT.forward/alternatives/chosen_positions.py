"""The positions that count chosen before the loss; the loss itself by hand. Functions of torch instead of modules."""

import torch
from torch import nn
from torch.nn import functional as F


def check_length(length, longest):
    if length > longest:
        raise ValueError(f"sequence of length {length} is longer than max_seq_len={longest}")


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

    def forward(self, tokens, targets=None, cache=None, loss_chunk=None):
        T = tokens.size(1)
        check_length(T, self.config.max_seq_len)
        if cache is None:
            positions = torch.arange(self.config.max_seq_len, device=tokens.device)[:T]
        else:
            positions = cache.advance(tokens)
        x = self.embedded(tokens, positions)
        contexts = self.positions(positions, cache)
        for number, block in enumerate(self.blocks):
            x = block(x, contexts[number])
        if not (targets is None or loss_chunk is None):
            return loss_in_chunks(self, x, targets, loss_chunk)
        logits = self.capped(self.final_norm(x))
        if targets is None:
            return logits
        chosen = targets >= 0
        logits, targets = logits[chosen], targets[chosen]
        loss = (logits.logsumexp(-1) - logits[torch.arange(len(targets)), targets]).mean()
        for block in self.blocks:
            loss = loss + block.mlp.auxiliary_loss
        return loss
