"""The projections of the full width written as C -> C: it is the same number. The whole config is kept as well."""

from torch import nn


def linear(n_in, n_out):
    return nn.Linear(n_in, n_out, bias=False)


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        nn.Module.__init__(self)
        self.config = config
        C = config.n_embd
        self.n_head, self.n_kv_head, self.norm_eps = config.n_head, config.n_kv_head, config.norm_eps
        self.head_dim = C // self.n_head
        # In another order than the reference creates them.
        self.o_proj = linear(C, C)
        self.q_proj = linear(C, C)
        for name in ("k_proj", "v_proj"):
            setattr(self, name, linear(C, self.n_kv_head * self.head_dim))
