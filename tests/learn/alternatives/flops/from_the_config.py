"""Every layer's size worked out on paper, from the configuration alone; forward, then three times."""


def estimate_flops(model, causal: bool = False):
    config = model.config
    C, V, L, T = config.n_embd, config.vocab_size, config.n_layer, config.max_seq_len
    q, kv = config.n_head * config.head_dim, config.n_kv_head * config.head_dim
    if config.ffn_type == "standard":
        feed_forward = 2 * C * (config.ffn_hidden or 4 * C)
    else:
        multiple = config.ffn_multiple_of
        gated = 3 * C * (config.ffn_hidden or -(-8 * C // (3 * multiple)) * multiple)
        feed_forward = gated
        if config.ffn_type == "moe":
            feed_forward = config.n_expert_active * gated + C * config.n_expert
    scores = 2 * q * (T + 1) if causal else 4 * q * T
    forward = L * (2 * (C * q + 2 * C * kv + q * C + feed_forward) + scores) + 2 * C * V
    return 3 * forward
