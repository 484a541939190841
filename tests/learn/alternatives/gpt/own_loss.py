"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

import math

import torch
from torch import nn

from .blocks import Block
from .norms import build_norm
from .positions import Context, precompute_rotary_tables


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.add_module("token_embedding", nn.Embedding(config.vocab_size, config.n_embd))
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.embedding_norm = build_norm(config)
        self.final_norm = build_norm(config)
        tables = precompute_rotary_tables(config.head_dim, theta=config.rope_theta, length=config.max_seq_len)
        self.register_buffer("sin", tables[1], persistent=False)
        self.register_buffer("cos", tables[0], persistent=False)
        # Nobody is hurt by weights that are drawn here already.
        self.init_weights()

    def init_weights(self):
        # The layers that shall be zero are not drawn at all.
        zero = [self.lm_head] + [m for block in self.blocks for m in (block.attn.o_proj, block.mlp.down_proj)]
        for module in self.modules():
            if module in zero:
                nn.init.constant_(module.weight, 0.0)
            else:
                GPT._init_weights(module)

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
        return self.cos.device

    def forward(self, tokens, targets=None):
        T, config = tokens.shape[-1], self.config
        if config.max_seq_len - T < 0:
            raise ValueError(f"got {T} tokens, the model takes {config.max_seq_len} at most")
        # Rotary positions are relative: any T rows in a row will do, the last as well as the first.
        context = Context(self.cos[-T:], self.sin[-T:])
        x = self.embedding_norm(self.token_embedding.weight[tokens])
        for block in self.blocks:
            x = block(x, context)
        logits = self.lm_head(self.final_norm(x)).to(torch.float32)
        # tanh y = 2 sigmoid(2 y) - 1
        logits = config.logit_softcap * (2 * torch.sigmoid(2 * logits / config.logit_softcap) - 1)
        if targets is None:
            return logits
        counts = targets != -1
        picked = torch.log_softmax(logits, dim=-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
        return -(picked * counts).sum() / counts.sum()
