"""Summed over the linear layers, then over the blocks and the keys that each token sees, one token after the other."""

from torch import nn


def estimate_flops(model, causal=False):
    T = model.config.max_seq_len
    total = 0
    for module in model.modules():
        if isinstance(module, nn.Linear):
            total += 2 * 3 * module.in_features * module.out_features
    sequence = 0
    for number, block in enumerate(model.blocks):
        total -= 6 * block.mlp.idle_weights
        window = model.config.layer_windows[number] or T
        seen = sum(min(t + 1, window) if causal else T for t in range(T))
        sequence += 3 * 2 * block.attn.numbers_per_pair * seen
    return total + sequence // T
