"""Summed over the linear layers, then over the blocks and the keys that each token sees, one token after the other."""

from torch import nn


def estimate_flops(model, causal=False):
    T = model.config.max_seq_len
    seen = sum(t + 1 if causal else T for t in range(T))
    total = 0
    for module in model.modules():
        if isinstance(module, nn.Linear):
            total += 2 * 3 * module.in_features * module.out_features
    for block in model.blocks:
        total -= 6 * block.mlp.idle_weights
        total += 3 * 2 * 2 * block.attn.n_head * block.attn.head_dim * seen // T
    return total
