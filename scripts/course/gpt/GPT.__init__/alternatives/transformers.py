"""As transformers writes it (modeling_llama.py), with the names used here."""

from torch import nn

from .blocks import build_block
from .embedding import build_embedding
from .head import build_head
from .positions import Positions


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.vocab_size = config.vocab_size
        self.embedding = build_embedding(config)
        self.blocks = nn.ModuleList()
        for layer_idx in range(config.n_layer):
            self.blocks.append(build_block(config, layer_idx))
        self.positions = Positions(config=config)
        self.head = build_head(config, self.embedding)
        self.config = config
        self.init_weights()
