"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`; the head made first."""

import math

import torch
from torch import nn


class GPT(nn.Module):
    def forward(self, tokens, targets=None, cache=None, loss_chunk=None):
        T = tokens.size(1)
        longest = self.config.max_seq_len
        if not longest >= T:
            raise ValueError(f"{T} tokens do not fit into {longest}")
        position = cache.advance(tokens) if cache else tokens.new_tensor(range(T))
        x = self.token_embedding(tokens)
        x = x * (math.sqrt(self.config.n_embd) if self.config.embedding_scale else 1)
        x = self.positions.embed(x, position)
        x = self.embedding_norm(x)
        x = self.dropout(x)
        auxiliary_loss = torch.zeros((), device=x.device)
        for layer in range(self.config.n_layer):
            x = self.blocks[layer](x, self.positions(position, cache=cache)[layer])
            auxiliary_loss = auxiliary_loss + self.blocks[layer].mlp.auxiliary_loss
        if targets is not None and loss_chunk:
            return loss_in_chunks(self, x, targets, chunk=loss_chunk)
        x = self.final_norm(x)
        logits = self.lm_head(x).float()
        logits = logits * self.config.logit_scale
        cap = self.config.logit_softcap
        if cap:
            logits = (logits / cap).tanh() * cap
        if targets is not None:
            # Classes on the second axis, as torch wants them.
            return nn.functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-1) + auxiliary_loss
        return logits
