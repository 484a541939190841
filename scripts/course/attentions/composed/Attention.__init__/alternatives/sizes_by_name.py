"""Sizes first, then every projection in a loop, in another order. The whole config is kept as well."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, config, layer):
        nn.Module.__init__(self)
        self.config = config
        for name in ("n_head", "n_kv_head", "head_dim"):
            setattr(self, name, getattr(config, name))
        self.scale = config.score_scale or 1 / self.head_dim**0.5
        C, wide, narrow = config.n_embd, self.n_head * self.head_dim, self.n_kv_head * self.head_dim
        sizes = {"o_proj": (wide, C), "v_proj": (C, narrow), "k_proj": (C, narrow), "q_proj": (C, wide)}
        if config.attention_gate:
            sizes["gate_proj"] = (C, wide)
        self.gate = sigmoid_gate if config.attention_gate else no_gate
        for name, (n_in, n_out) in sizes.items():
            setattr(self, name, nn.Linear(n_in, n_out, config.bias))
        for name, heads in (("k_norm", self.n_kv_head), ("q_norm", self.n_head)):
            self.add_module(name, build_qk_norm(config, heads))
        self.steps = [qk_norm, rotate]
        if config.qk_norm_after_rotary:
            self.steps.reverse()
        self.dropout = nn.Dropout(config.dropout, inplace=False)
        self.window, self.softcap = config.layer_windows[layer], config.attention_softcap
        self.register_parameter("sinks", None)
        if config.attention_sinks:
            self.sinks = nn.Parameter(torch.tensor([0.0] * self.n_head))
        self.backend = build_backend(config)
