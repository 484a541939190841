"""As nanoGPT's estimate_mfu: per forward and backward pass of a sequence, then per token; weights of linear layers."""

from torch import nn


def estimate_flops(model):
    N = sum(module.weight.numel() for module in model.modules() if isinstance(module, nn.Linear))
    cfg = model.config
    L, H, Q, T = cfg.n_layer, cfg.n_head, cfg.head_dim, cfg.max_seq_len
    flops_per_token = 6 * N + 12 * L * H * Q * T
    flops_per_fwdbwd = flops_per_token * T
    return flops_per_fwdbwd // T
