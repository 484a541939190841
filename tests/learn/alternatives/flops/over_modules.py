"""Summed over the linear layers, of which the embedding is none."""

from torch import nn


def estimate_flops(model):
    total = 0
    for module in model.modules():
        if isinstance(module, nn.Linear):
            total += 2 * 3 * module.in_features * module.out_features
    for block in model.blocks:
        total += 3 * 2 * 2 * block.attn.n_head * block.attn.head_dim * model.config.max_seq_len
    return total
