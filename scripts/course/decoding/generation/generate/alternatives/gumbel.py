"""Samples by Gumbel noise instead of multinomial; the new tokens are gathered in a list."""

import torch


def pick(p, generator):
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(p).exponential_(generator=generator).log()
    return (p.log() - noise).argmax(dim=-1)


@torch.inference_mode()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    columns = list(tokens.unbind(1))
    while len(columns) < tokens.size(1) + max_new_tokens:
        logits = model(torch.stack(columns[-model.config.max_seq_len :], dim=1))
        columns.append(pick(next_token_distribution(logits[:, -1], temperature, top_k), generator))
    return torch.stack(columns, dim=1)
