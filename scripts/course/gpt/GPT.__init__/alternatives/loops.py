"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`; the head made first."""

from torch import nn

from .blocks import build_block
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
