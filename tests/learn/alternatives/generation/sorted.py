"""Top-k and top-p by sorting; a draw of the rank, then the token of that rank."""

import torch


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, but is {temperature}")
    if top_k is not None and top_k <= 0:
        raise ValueError(f"top_k must be positive, but is {top_k}")
    for share in (top_p, min_p):
        if share is not None and not (share > 0 and share <= 1):
            raise ValueError(f"top_p and min_p must be shares, but one is {share}")
    ranked, order = torch.sort(logits, dim=-1, descending=True)
    if temperature == 0:
        ranked = torch.zeros_like(ranked)
        ranked[:, 0] = 1
    else:
        kept = torch.softmax(ranked[:, :top_k] / temperature, dim=-1)
        ranked = torch.cat((kept, torch.zeros_like(ranked[:, kept.size(1) :])), dim=-1)
        if top_p is not None:
            ranked = keep_nucleus(ranked, top_p)
        if min_p is not None:
            ranked = keep_likely(ranked, min_p)
    return ranked.gather(-1, order.argsort(dim=-1))


def keep_nucleus(p, top_p):
    ranked, order = p.sort(dim=-1, descending=True, stable=True)
    # How many are needed: the first running sum that is large enough, and all before it.
    needed = torch.searchsorted(ranked.cumsum(dim=-1), torch.full_like(p[:, :1], top_p)) + 1
    rank = torch.empty_like(order).scatter_(-1, order, torch.arange(p.size(-1)).expand_as(order).contiguous())
    kept = p * (rank < needed)
    return kept / kept.sum(-1, keepdim=True)


def keep_likely(p, min_p):
    relative = p / p.amax(-1, keepdim=True)
    kept = torch.where(relative >= min_p, relative, 0.0)
    return kept / kept.sum(-1, keepdim=True)


@torch.no_grad()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None, top_p=None, min_p=None):
    for _ in range(max_new_tokens):
        window = tokens if tokens.size(1) <= model.config.max_seq_len else tokens[:, -model.config.max_seq_len :]
        p = next_token_distribution(model(window)[:, -1], temperature, top_k, top_p, min_p)
        ranked, order = p.sort(dim=-1, descending=True)
        rank = torch.multinomial(ranked, 1, generator=generator)
        tokens = torch.cat([tokens, order.gather(1, rank)], dim=1)
    return tokens
