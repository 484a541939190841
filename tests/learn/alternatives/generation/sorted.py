"""Top-k by sorting; a draw of the rank, then the token of that rank."""

import torch


@torch.no_grad()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, but is {temperature}")
    if top_k is not None and top_k <= 0:
        raise ValueError(f"top_k must be positive, but is {top_k}")
    for _ in range(max_new_tokens):
        window = tokens if tokens.size(1) <= model.config.max_seq_len else tokens[:, -model.config.max_seq_len :]
        logits = model(window)[:, -1]
        ranked, order = torch.sort(logits, dim=-1, descending=True)
        ranked, order = ranked[:, :top_k], order[:, :top_k]
        if temperature == 0:
            rank = torch.zeros_like(order[:, :1])
        else:
            rank = torch.multinomial(torch.softmax(ranked / temperature, dim=-1), 1, generator=generator)
        tokens = torch.cat([tokens, order.gather(1, rank)], dim=1)
    return tokens
