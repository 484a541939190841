"""No multinomial: the likeliest after Gumbel noise was added is a draw. The new tokens are gathered in a list."""

import torch
from torch.nn import functional as F

from .cache import KVCache


def pick(p, generator):
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(p).exponential_(generator=generator).log()
    return (p.log() - noise).argmax(dim=-1)


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError("temperature and top_k must be positive")
    if [share for share in (top_p, min_p) if share is not None and not 0 < share <= 1]:
        raise ValueError("top_p and min_p must lie between 0 and 1")
    if temperature == 0:
        best = logits.max(dim=-1, keepdim=True).indices
        return (torch.arange(logits.shape[-1], device=logits.device) == best).type_as(logits)
    logits = logits.div(temperature)
    if top_k:
        best, where = logits.topk(min(top_k, logits.shape[-1]), dim=-1)
        logits = torch.full_like(logits, -torch.inf).scatter(-1, where, best)
    p = logits.log_softmax(dim=-1).exp()
    for keep, share in ((keep_nucleus, top_p), (keep_likely, min_p)):
        p = keep(p, share) if share else p
    return p


def keep_nucleus(p, top_p):
    # From the least likely on: it goes if it and all that are still less likely are not needed.
    ordered, order = torch.sort(p, dim=-1)
    ordered = ordered * (ordered.cumsum(dim=-1) > p.sum(dim=-1, keepdim=True) - top_p)
    return F.normalize(ordered.gather(-1, order.argsort(dim=-1)), p=1, dim=-1)


def keep_likely(p, min_p):
    # As a distance of logarithms.
    score = p.log()
    far = score < score.max(dim=-1, keepdim=True).values + torch.tensor(min_p, dtype=p.dtype).log()
    return score.masked_fill(far, -torch.inf).softmax(dim=-1)


@torch.inference_mode()
def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None, top_p=None, min_p=None):
    columns = list(tokens.unbind(1))
    while len(columns) < tokens.size(1) + max_new_tokens:
        logits = model(torch.stack(columns[-model.config.max_seq_len :], dim=1))
        columns.append(pick(next_token_distribution(logits[:, -1], temperature, top_k, top_p, min_p), generator))
    return torch.stack(columns, dim=1)


def read(model, texts):
    longest, shortest = max(map(len, texts)), min(map(len, texts))
    # Filled up with the last token once more, since some token it must be.
    rows = [torch.cat((text, text[-1:].expand(longest - len(text)))) for text in texts]
    cache = KVCache(model.config, spare=longest - shortest)
    logits = model(torch.stack(rows), cache=cache)
    cache.rewind(torch.tensor([len(text) for text in texts], device=logits.device))
    return torch.stack([row[len(text) - 1] for row, text in zip(logits, texts, strict=True)]), cache


@torch.inference_mode()
def stream(model, texts, max_new_tokens, stop_tokens=(), generator=None, **sampling):
    if max_new_tokens < 1:
        return
    T = model.config.max_seq_len
    texts = [list(text) for text in texts]
    going = torch.ones(len(texts), dtype=torch.bool)
    logits, cache = read(model, [torch.stack(text[-T:]) for text in texts])
    count = 0
    while True:
        token = pick(next_token_distribution(logits, **sampling), generator)
        yield torch.where(going.to(token.device), token, -1)
        going &= torch.tensor([int(one) not in stop_tokens for one in token])
        count += 1
        if count == max_new_tokens or not going.any():
            break
        for text, one in zip(texts, token, strict=True):
            text.append(one)
        if cache.longest == T:
            logits, cache = read(model, [torch.stack(text[-T:]) for text in texts])
        else:
            logits = model(token[:, None], cache=cache)[:, 0]


def accept_draft(proposed, q, p, generator=None):
    i = torch.arange(proposed.numel(), device=p.device)
    # Exponential clocks instead of uniform throws.
    clocks = torch.empty(len(i), dtype=p.dtype, device=p.device).exponential_(generator=generator)
    turned_down = clocks <= q[i, proposed].log() - p[i, proposed].log()
    k = int(turned_down.nonzero().min()) if turned_down.any() else len(i)
    q = torch.cat((q, torch.zeros_like(p[:1])))
    return torch.cat((proposed[:k], pick((p[k] - q[k]).clamp(min=0), generator)[None]))


@torch.inference_mode()
def speculate(model, draft, tokens, max_new_tokens, lookahead=4, generator=None, **sampling):
    total = tokens.size(1) + max_new_tokens
    for one in (model, draft):
        if one.config.max_seq_len < total:
            raise ValueError(f"{total} tokens, but only {one.config.max_seq_len} positions")
    text = tokens[0].tolist()
    caches = [KVCache(one.config, spare=lookahead) for one in (model, draft)]

    def think(which, one):
        """What a model thinks follows each token that it has not read yet."""
        unread = torch.tensor([text[caches[which].longest :]], device=tokens.device)
        return next_token_distribution(one(unread, cache=caches[which])[0], **sampling)

    if max_new_tokens and len(text) > 1:
        # The prompt by itself, up to its last token.
        for which, one in enumerate((model, draft)):
            one(tokens[:, :-1], cache=caches[which])
    while len(text) < total:
        start, guesses = len(text), []
        while len(guesses) < lookahead and len(text) < total - 1:
            guesses.append(think(1, draft)[-1])
            text.append(int(pick(guesses[-1], generator)))
        p = think(0, model)[-len(guesses) - 1 :]
        q = torch.stack(guesses) if guesses else p[:0]
        proposed = torch.tensor(text[start:], dtype=torch.int64, device=tokens.device)
        text[start:] = accept_draft(proposed, q, p, generator).tolist()
        for cache in caches:
            cache.rewind(cache.length.clamp(max=len(text) - 1))
    return torch.tensor([text], device=tokens.device)
