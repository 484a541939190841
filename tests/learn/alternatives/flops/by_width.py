"""Weights counted by subtraction: every matrix there is, less those that are looked up; per sequence, then divided."""

import math

from torch import nn


def estimate_flops(model, causal=False):
    c = model.config
    T = c.max_seq_len
    looked_up = [module.weight for module in model.modules() if isinstance(module, nn.Embedding)]
    matrices = [p for p in model.parameters() if p.dim() == 2 and not any(p is table for table in looked_up)]
    matrices.append(model.lm_head.weight)
    weights = sum(math.prod(p.shape) for p in {id(p): p for p in matrices}.values())
    weights -= sum(getattr(block.mlp, "idle_weights", 0) for block in model.blocks)
    scores = T * (T + 1) // 2 if causal else T**2
    return (6 * weights * T + 12 * c.n_layer * c.n_head * c.head_dim * scores) // T
