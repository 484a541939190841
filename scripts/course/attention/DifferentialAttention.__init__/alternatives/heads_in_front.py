"""A helper that norms and turns one of the two; projections as functions; the norm over the full width by pieces."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    def told(self, y, norm, context):
        """Queries or keys that know their positions."""
        before, after = (nn.Identity(), norm) if self.qk_norm_after_rotary else (norm, nn.Identity())
        return after(context.rotate(before(y)))


class DifferentialAttention(CausalSelfAttention):
    def __init__(self, config):
        super().__init__(config)
        if config.n_kv_head & 1:
            raise ValueError("n_kv_head must be even, not " + str(config.n_kv_head))
        self.norm_eps = config.norm_eps
        for number in "12":
            for kind in "qk":
                parameter = nn.Parameter(torch.zeros(config.head_dim))
                nn.init.normal_(parameter, std=0.1)
                self.register_parameter(f"share_{kind}{number}", parameter)
