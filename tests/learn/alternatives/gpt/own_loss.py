"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

import math

import torch
from torch import nn

from .blocks import build_block
from .initialization import INITS
from .norms import build_norm
from .positions import Positions


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.add_module("token_embedding", nn.Embedding(config.vocab_size, config.n_embd))
        self.blocks = nn.ModuleList([build_block(config) for _ in range(config.n_layer)])
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        final = any(block.needs_final_norm for block in self.blocks)
        for name, wanted in (("embedding_norm", config.embedding_norm), ("final_norm", final)):
            self.add_module(name, build_norm(config) if wanted else nn.Identity())
        self.dropout = nn.Dropout(config.dropout)
        self.positions = Positions(config)
        # Nobody is hurt by weights that are drawn here already.
        self.init_weights()
        if config.weight_tying:
            del self.lm_head.weight
            self.lm_head.register_parameter("weight", self.token_embedding.weight)

    def init_weights(self):
        if self.config.init in INITS:
            INITS[self.config.init](self)
        elif self.config.init == "nanochat":
            # The layers that shall be zero are not drawn at all.
            last = ("o_proj", "down_proj") if self.config.weight_tying else ("lm_head", "o_proj", "down_proj")
            for name, module in self.named_modules():
                if name.split(".")[-1] not in last:
                    GPT._init_weights(module)
            for name, module in self.named_modules():
                if name.split(".")[-1] in last:
                    nn.init.constant_(module.weight, 0.0)
                    if module.bias is not None:
                        nn.init.constant_(module.bias, 0.0)
        else:
            raise ValueError(self.config.init)

    @staticmethod
    @torch.no_grad()
    def _init_weights(module):
        if isinstance(module, nn.Linear):
            rows, columns = module.weight.size()
            std = 1 / math.sqrt(columns) if rows >= columns else math.sqrt(rows) / columns
            module.weight.copy_(torch.randn(rows, columns) * std)
            if module.bias is not None:
                module.bias.fill_(0)
        elif isinstance(module, nn.Embedding):
            module.weight.copy_(torch.randn(module.weight.shape))

    def get_device(self):
        return self.blocks[-1].attn.o_proj.weight.device

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
            return loss_in_chunks(self, x, targets, loss_chunk)  # noqa: F821 - the file that this goes into has it
        logits = self.lm_head(self.final_norm(x)).to(torch.float32) * config.logit_scale
        # tanh y = 2 sigmoid(2 y) - 1
        if (cap := config.logit_softcap) is not None:
            logits = cap * (2 * torch.sigmoid(2 * logits / cap) - 1)
        if targets is None:
            return logits
        counts = targets != -1
        picked = torch.log_softmax(logits, dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return sum((block.mlp.auxiliary_loss for block in self.blocks), -(picked * counts).sum() / counts.sum())
