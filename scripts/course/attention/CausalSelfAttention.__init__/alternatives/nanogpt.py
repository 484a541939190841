"""As nanoGPT: the sizes checked first, the projections before them kept; one projection each, where it fuses three."""

from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.n_head % config.n_kv_head == 0
        # Key, query, value projections for all heads, but in a batch.
        self.k_proj = nn.Linear(config.n_embd, config.head_dim * config.n_kv_head, bias=False)
        self.q_proj = nn.Linear(config.n_embd, config.head_dim * config.n_head, bias=False)
        self.v_proj = nn.Linear(config.n_embd, config.head_dim * config.n_kv_head, bias=False)
        self.o_proj = nn.Linear(config.head_dim * config.n_head, config.n_embd, bias=False)
        self.n_head, self.n_kv_head, self.n_embd = config.n_head, config.n_kv_head, config.n_embd
        self.head_dim = config.head_dim
        self.norm_eps = config.norm_eps
