"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`; the head made first."""

import math

import torch
from torch import nn

from reference.config import choose

from .blocks import build_block
from .initialization import INITS
from .norms import build_norm
from .positions import Positions


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.positions = Positions(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        if config.weight_tying:
            self.token_embedding.weight = self.lm_head.weight
        self.blocks = nn.ModuleList()
        for _ in range(config.n_layer):
            self.blocks.append(build_block(config))
        self.final_norm, self.embedding_norm = nn.Identity(), nn.Identity()
        if self.blocks[0].needs_final_norm:
            self.final_norm = build_norm(config)
        if config.embedding_norm:
            self.embedding_norm = build_norm(config)
        self.dropout = nn.Dropout(p=config.dropout)
        self.config = config

    def init_weights(self):
        if self.config.init == "nanochat":
            for module in self.modules():
                self._init_weights(module)
            for name, parameter in self.named_parameters():
                if name.endswith(("o_proj.weight", "down_proj.weight")):
                    parameter.data.zero_()
            if self.lm_head.weight is not self.token_embedding.weight:
                self.lm_head.weight.data.zero_()
        else:
            choose(INITS, "init", self.config.init)(self)

    @staticmethod
    def _init_weights(module):
        if isinstance(module, nn.Embedding):
            module.weight.data.normal_()
        if isinstance(module, nn.Linear):
            n_out, n_in = module.out_features, module.in_features
            module.weight.data.normal_(mean=0.0, std=min(1.0, (n_out / n_in) ** 0.5) / n_in**0.5)
            if module.bias is not None:
                module.bias.data.zero_()

    def get_device(self):
        return next(self.parameters()).device

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
            return loss_in_chunks(self, x, targets, chunk=loss_chunk)  # noqa: F821 - the file that this goes into has it
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
