"""As nanoGPT writes it (model.py), with the names used here."""

from torch import nn

from .blocks import build_block
from .embedding import build_embedding
from .head import build_head
from .positions import Positions


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.vocab_size is not None
        assert config.max_seq_len is not None
        self.config = config
        parts = {"embedding": build_embedding(config), "positions": Positions(config)}
        for name, part in parts.items():
            self.add_module(name, part)
        self.blocks = nn.ModuleList([build_block(config, layer) for layer in range(config.n_layer)])
        self.head = build_head(config, parts["embedding"])
        # Weights may be initialised here already.
        self.apply(self._init_weights)
