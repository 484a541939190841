"""As nanochat writes it (nanochat/gpt.py, November 2025), with the names used here."""

from torch import nn

from .blocks import build_block
from .embedding import build_embedding
from .head import build_head
from .positions import Positions


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embedding = build_embedding(config)
        self.blocks = nn.ModuleList([build_block(config, layer_idx) for layer_idx in range(config.n_layer)])
        self.head = build_head(config, self.embedding)
        self.positions = Positions(config)
