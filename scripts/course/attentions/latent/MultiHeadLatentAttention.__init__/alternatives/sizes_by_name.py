"""Sizes first, then every projection in a loop, in another order. Forward in small helpers."""

import torch
from torch import nn

from ..normalizations.rms import RMSNorm


class MultiHeadLatentAttention(nn.Module):
    def __init__(self, config, layer):
        if config.n_head != config.n_kv_head:
            raise ValueError("latent attention has as many key/value heads as query heads")
        if config.attention_gate:
            raise ValueError("latent attention has no gate")
        nn.Module.__init__(self)
        self.config = config
        for name in ("n_head", "head_dim", "rope_head_dim"):
            setattr(self, name, getattr(config, name))
        self.value_head_dim = self.head_dim if config.value_head_dim is None else config.value_head_dim
        self.scale = config.score_scale or 1 / (self.head_dim + self.rope_head_dim) ** 0.5
        C, H, rank, queries = config.n_embd, config.n_head, config.latent_rank, config.query_latent_rank
        sizes = {
            "o_proj": (H * self.value_head_dim, C, config.bias),
            "v_up_proj": (rank, H * self.value_head_dim, False),
            "k_up_proj": (rank, H * self.head_dim, False),
            "k_rope_proj": (C, self.rope_head_dim, config.bias),
            "kv_down_proj": (C, rank, config.bias),
            "q_proj": (C if queries is None else queries, H * (self.head_dim + self.rope_head_dim), False),
        }
        self.has_query_latent = queries is not None
        if self.has_query_latent:
            sizes["q_down_proj"] = (C, queries, config.bias)
            self.q_down_norm = RMSNorm(dim=queries, eps=1e-6)
        for name, (n_in, n_out, bias) in sizes.items():
            self.add_module(name, nn.Linear(n_in, n_out, bias))
        self.kv_down_norm = RMSNorm(dim=rank, eps=1e-6)
        for name in ("q_norm", "k_norm"):
            setattr(self, name, build_qk_norm(config, H))
        self.dropout = nn.Dropout(p=config.dropout)
        self.backend = build_backend(config)
        self.window = config.layer_windows[layer]
        self.softcap, self.sinks = config.attention_softcap, None
        if config.attention_sinks:
            self.sinks = nn.Parameter(torch.tensor([0.0] * H))
        self.can_absorb = config.qk_norm == "off"

    def queries(self, x, context):
        if hasattr(self, "q_down_norm"):
            x = self.q_down_norm(self.q_down_proj(x))
        q = self.q_proj(x).unflatten(-1, (self.n_head, -1))
        return self.q_norm(q[..., : self.head_dim]), context.rotate(q[..., self.head_dim :])
