"""Every layer's size worked out on paper, from the configuration alone; forward, then three times."""


def keys_of_a_sequence(T, window, causal):
    return sum(1 for t in range(T) for s in range(T) if not causal or 0 <= t - s < (window or T))


def estimate_flops(model, causal: bool = False):
    config = model.config
    C, V, L, T = config.n_embd, config.vocab_size, config.n_layer, config.max_seq_len
    H, D = config.n_head, config.head_dim
    if config.ffn_type == "standard":
        feed_forward = 2 * C * (config.ffn_hidden or 4 * C)
    else:
        multiple = config.ffn_multiple_of
        gated = 3 * C * (config.ffn_hidden or -(-8 * C // (3 * multiple)) * multiple)
        feed_forward = gated
        if config.ffn_type == "moe":
            feed_forward = config.n_expert_active * gated + C * config.n_expert
    if config.attention_type == "latent":
        key_dim, value_dim = D + config.rope_head_dim, config.value_head_dim or D
        rank, query_rank = config.latent_rank, config.query_latent_rank
        queries = H * C * key_dim if query_rank is None else query_rank * (C + H * key_dim)
        attention = queries + C * (rank + config.rope_head_dim) + rank * H * (D + value_dim) + H * value_dim * C
    else:
        key_dim, value_dim = D, 2 * D if config.attention_type == "differential" else D
        attention = 2 * C * H * D + 2 * C * config.n_kv_head * D + config.attention_gate * C * H * D
    keys = sum(keys_of_a_sequence(T, window, causal) for window in config.layer_windows)
    weights = L * (attention + feed_forward) + C * V
    return 6 * weights + 6 * H * (key_dim + value_dim) * keys // T
