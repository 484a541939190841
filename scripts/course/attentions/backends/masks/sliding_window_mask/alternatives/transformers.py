"""As transformers and nanoGPT's descendants: the causal mask, and what lies in the window."""


def sliding_window_mask(query_position, key_position, window):
    q_idx, kv_idx = query_position.unsqueeze(-1), key_position.unsqueeze(-2)
    return causal_mask(query_position, key_position) & (kv_idx > q_idx - window)
