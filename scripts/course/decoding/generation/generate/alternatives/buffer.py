"""A buffer of the final length, allocated once."""

import torch


def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    B, T = tokens.shape
    buffer = torch.zeros(B, T + max_new_tokens, dtype=tokens.dtype, device=tokens.device)
    buffer[:, :T] = tokens
    with torch.inference_mode():
        for t in range(T, T + max_new_tokens):
            logits = model(buffer[:, max(0, t - model.config.max_seq_len) : t])[:, -1, :]
            p = next_token_distribution(logits, temperature, top_k=top_k)
            buffer[:, t] = torch.multinomial(p, 1, generator=generator).squeeze(1)
    return buffer
