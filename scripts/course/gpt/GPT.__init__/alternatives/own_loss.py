"""The loss from a log-softmax, picked out with gather. Weights drawn with randn and copied in."""

from torch import nn

from .blocks import build_block
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
