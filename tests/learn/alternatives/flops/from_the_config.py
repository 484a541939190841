"""Every layer's size worked out on paper."""


def estimate_flops(model):
    config = model.config
    C, V, L, T = config.n_embd, config.vocab_size, config.n_layer, config.max_seq_len
    kv = config.n_kv_head * config.head_dim
    forward = L * (2 * (C * C + 2 * C * kv + C * C + 8 * C * C) + 4 * C * T) + 2 * C * V
    return 3 * forward
