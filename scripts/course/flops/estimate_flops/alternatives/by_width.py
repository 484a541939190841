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
    total = 6 * weights * T
    for block, window in zip(model.blocks, c.layer_windows, strict=True):
        # A triangle; with a window, without the smaller one that lies behind it.
        behind = 0 if window is None else max(T - window, 0)
        scores = T * (T + 1) // 2 - behind * (behind + 1) // 2 if causal else T**2
        total += 6 * block.attn.numbers_per_pair * scores
    return total // T
