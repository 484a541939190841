"""As transformers: the config is kept, and whether there is a bias is one of its fields."""

from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.head_dim = getattr(config, "head_dim", None) or config.n_embd // config.n_head
        self.n_head, self.n_kv_head = config.n_head, config.n_kv_head
        self.num_key_value_groups = config.n_head // config.n_kv_head
        self.scaling = self.head_dim**-0.5
        self.norm_eps = config.norm_eps
        self.q_proj = nn.Linear(config.n_embd, config.n_head * self.head_dim, bias=config.bias)
        self.k_proj = nn.Linear(config.n_embd, config.n_kv_head * self.head_dim, bias=config.bias)
        self.v_proj = nn.Linear(config.n_embd, config.n_kv_head * self.head_dim, bias=config.bias)
        self.o_proj = nn.Linear(config.n_head * self.head_dim, config.n_embd, bias=config.bias)
