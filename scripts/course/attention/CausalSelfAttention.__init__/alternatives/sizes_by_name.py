"""Sizes first, then every projection in a loop, in another order."""

from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        nn.Module.__init__(self)
        for name in ("n_head", "n_kv_head", "head_dim", "norm_eps"):
            setattr(self, name, getattr(config, name))
        C, wide, narrow = config.n_embd, self.n_head * self.head_dim, self.n_kv_head * self.head_dim
        sizes = {"o_proj": (wide, C), "v_proj": (C, narrow), "k_proj": (C, narrow), "q_proj": (C, wide)}
        for name, (n_in, n_out) in sizes.items():
            self.add_module(name, nn.Linear(n_in, n_out, False))
