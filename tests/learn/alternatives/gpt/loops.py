"""Loops over modules instead of comprehensions and `apply`; weights drawn through `.data`."""

from torch import nn

from .blocks import Block
from .norms import build_norm
from .positions import Context, precompute_rotary_tables


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.token_embedding = nn.Embedding(config.vocab_size, config.n_embd)
        self.final_norm, self.embedding_norm = build_norm(config), build_norm(config)
        self.blocks = nn.ModuleList()
        for _ in range(config.n_layer):
            self.blocks.append(Block(config))
        tables = precompute_rotary_tables(config.n_embd // config.n_head, config.max_seq_len, config.rope_theta)
        for name, table in zip(("cos", "sin"), tables, strict=True):
            self.register_buffer(name, table, persistent=False)
        self.config = config

    def init_weights(self):
        for module in self.modules():
            self._init_weights(module)
        for name, parameter in self.named_parameters():
            if "lm_head" in name or "o_proj" in name or "down_proj" in name:
                parameter.data.zero_()

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

    def forward(self, tokens, targets=None):
        T = tokens.size(1)
        longest = self.config.max_seq_len
        if not longest >= T:
            raise ValueError(f"{T} tokens do not fit into {longest}")
        x = self.embedding_norm(self.token_embedding(tokens))
        context = Context(cos=self.cos.narrow(0, 0, T), sin=self.sin.narrow(0, 0, T))
        for layer in range(self.config.n_layer):
            x = self.blocks[layer](x, context)
        x = self.final_norm(x)
        logits = self.lm_head(x).float()
        cap = self.config.logit_softcap
        logits = (logits / cap).tanh() * cap
        if targets is not None:
            # Classes on the second axis, as torch wants them.
            return nn.functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-1)
        return logits
