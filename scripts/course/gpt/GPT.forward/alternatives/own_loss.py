"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

import torch
from torch import nn


class GPT(nn.Module):
    def forward(self, tokens, targets=None, cache=None, loss_chunk=None):
        T, config = tokens.shape[-1], self.config
        if config.max_seq_len - T < 0:
            raise ValueError(f"got {T} tokens, the model takes {config.max_seq_len} at most")
        # Every sequence with positions of its own, whether they start at zero or not.
        position = torch.ones_like(tokens).cumsum(1) - 1
        if cache is not None:
            position = cache.advance(tokens)
        # The scale taken into the table, which is then looked up.
        table = self.token_embedding.weight * config.n_embd ** (0.5 * config.embedding_scale)
        x = self.dropout(self.embedding_norm(self.positions.embed(table[tokens], position)))
        contexts = iter(self.positions(position, cache))
        for block in self.blocks:
            x = block(x, next(contexts))
        if loss_chunk is not None and targets is not None:
            return loss_in_chunks(self, x, targets, loss_chunk)
        logits = self.lm_head(self.final_norm(x)).to(torch.float32) * config.logit_scale
        # tanh y = 2 sigmoid(2 y) - 1
        if (cap := config.logit_softcap) is not None:
            logits = cap * (2 * torch.sigmoid(2 * logits / cap) - 1)
        if targets is None:
            return logits
        counts = targets != -1
        picked = torch.log_softmax(logits, dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return sum((block.mlp.auxiliary_loss for block in self.blocks), -(picked * counts).sum() / counts.sum())
