"""As transformers' masking functions: one query and one key at a time, vectorised."""


def causal_mask(query_position, key_position):
    q_idx, kv_idx = query_position.unsqueeze(-1), key_position.unsqueeze(-2)
    return kv_idx <= q_idx
