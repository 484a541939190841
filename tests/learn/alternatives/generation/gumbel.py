"""No multinomial: the likeliest after Gumbel noise was added is a draw. The new tokens are gathered in a list."""

import torch


def pick(logits, temperature, top_k, generator):
    if temperature == 0.0:
        return logits.max(dim=-1).indices
    if top_k:
        best, where = logits.topk(min(top_k, logits.shape[-1]), dim=-1)
        logits = torch.full_like(logits, -torch.inf).scatter(-1, where, best)
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(logits).exponential_(generator=generator).log()
    return (logits / temperature - noise).argmax(dim=-1)


@torch.inference_mode()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None):
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError("temperature and top_k must be positive")
    columns = list(tokens.unbind(1))
    while len(columns) < tokens.size(1) + max_new_tokens:
        logits = model(torch.stack(columns[-model.config.max_seq_len :], dim=1))
        columns.append(pick(logits[:, -1], temperature, top_k, generator))
    return torch.stack(columns, dim=1)
