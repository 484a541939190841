"""One head after the other, as far as the backend; a value is the front of a key, as in kernels for this attention."""

import torch
from torch import nn

from ..normalizations.rms import RMSNorm

LATENT_EPS = 1e-6


class MultiHeadLatentAttention(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        if config.attention_gate or config.n_kv_head < config.n_head:
            raise ValueError(f"{config.n_kv_head} of {config.n_head} heads, gate {config.attention_gate}: not here")
        H, D, R = config.n_head, config.head_dim, config.rope_head_dim
        Dv = config.value_head_dim or D

        def linear(n_in, n_out, biased=False):
            return nn.Linear(n_in, n_out, bias=biased and config.bias)

        # What a token makes by itself.
        self.has_query_latent = bool(config.query_latent_rank)
        narrow = config.query_latent_rank or config.n_embd
        if self.has_query_latent:
            self.q_down_proj = linear(config.n_embd, narrow, biased=True)
            self.q_down_norm = RMSNorm(narrow, LATENT_EPS)
        self.q_proj = linear(narrow, H * D + H * R)
        self.kv_down_proj, self.k_rope_proj = (linear(config.n_embd, n, biased=True) for n in (config.latent_rank, R))
        self.kv_down_norm = RMSNorm(config.latent_rank, LATENT_EPS)
        # What all heads make of it.
        self.k_up_proj, self.v_up_proj = (linear(config.latent_rank, H * n) for n in (D, Dv))
        self.o_proj = linear(H * Dv, config.n_embd, biased=True)
        self.q_norm, self.k_norm = (build_qk_norm(config, H) for _ in range(2))
        self.register_parameter("sinks", nn.Parameter(torch.zeros(H)) if config.attention_sinks else None)
        # Numbers.
        self.n_head, self.head_dim, self.rope_head_dim, self.value_head_dim = H, D, R, Dv
        self.scale = (D + R) ** -0.5
        if config.score_scale is not None:
            self.scale = config.score_scale
        self.window = config.layer_windows[layer]
        self.softcap, self.can_absorb = config.attention_softcap, config.qk_norm == "off"
        self.dropout, self.backend = nn.Dropout(config.dropout), build_backend(config)
