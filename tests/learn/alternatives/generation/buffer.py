"""A buffer of the final length, made once. Top-k after the softmax: a draw does not mind weights that sum to less."""

import torch


def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    if not (temperature >= 0 and (top_k is None or top_k >= 1)):
        raise ValueError(f"temperature {temperature} or top_k {top_k} out of range")
    B, T = tokens.shape
    buffer = torch.zeros(B, T + max_new_tokens, dtype=tokens.dtype, device=tokens.device)
    buffer[:, :T] = tokens
    with torch.inference_mode():
        for t in range(T, T + max_new_tokens):
            logits = model(buffer[:, max(0, t - model.config.max_seq_len) : t])[:, -1, :]
            if temperature == 0:
                buffer[:, t] = logits.argmax(-1)
                continue
            probabilities = torch.softmax(logits / temperature, dim=-1)
            if top_k is not None:
                best = probabilities.topk(min(top_k, model.config.vocab_size)).indices
                probabilities = probabilities * torch.zeros_like(probabilities).scatter_(1, best, 1.0)
            buffer[:, t] = torch.multinomial(probabilities, 1, generator=generator).squeeze(1)
    return buffer
