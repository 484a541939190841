"""Samples a rank, then looks up the token of that rank."""

import torch


@torch.no_grad()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    for _ in range(max_new_tokens):
        window = tokens if tokens.size(1) <= model.config.max_seq_len else tokens[:, -model.config.max_seq_len :]
        p = next_token_distribution(model(window)[:, -1], temperature, top_k)
        ranked, order = p.sort(dim=-1, descending=True)
        rank = torch.multinomial(ranked, 1, generator=generator)
        tokens = torch.cat([tokens, order.gather(1, rank)], dim=1)
    return tokens
