"""All sizes from the configuration alone, layer by layer; forward, then three times."""


def estimate_flops(model):
    config = model.config
    C, D = config.n_embd, config.head_dim
    forward = 2 * C * config.vocab_size
    for _ in range(config.n_layer):
        projections = 2 * config.n_head * D * C + 2 * config.n_kv_head * D * C
        forward += 2 * (projections + 8 * C * C) + 4 * config.n_head * D * config.max_seq_len
    return 3 * forward
