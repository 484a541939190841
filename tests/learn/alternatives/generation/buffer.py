"""A buffer of the final length, made once. Top-k after the softmax, by a mask; streams and drafts in buffers too."""

import torch

from .cache import KVCache


def rescaled(p, keep):
    p = torch.where(keep, p, torch.zeros_like(p))
    return p.div(p.sum(-1, keepdim=True))


def next_token_distribution(logits, temperature=1.0, top_k=None, top_p=None, min_p=None):
    if not (temperature >= 0 and (top_k is None or top_k >= 1)):
        raise ValueError(f"temperature {temperature} or top_k {top_k} out of range")
    for name, share in {"top_p": top_p, "min_p": min_p}.items():
        if share is not None and (share <= 0 or share > 1):
            raise ValueError(f"{name} = {share} is no share")
    if temperature == 0:
        return torch.zeros_like(logits).scatter_(1, logits.argmax(-1, keepdim=True), 1.0)
    p = torch.softmax(logits / temperature, dim=-1)
    if top_k is not None and top_k < logits.shape[-1]:
        best = p.topk(top_k).indices
        p = rescaled(p, torch.zeros_like(p, dtype=torch.bool).scatter_(1, best, True))
    p = p if top_p is None else keep_nucleus(p, top_p)
    return p if min_p is None else keep_likely(p, min_p)


def keep_nucleus(p, top_p):
    # Row by row: put the likeliest in until there is enough.
    keep = torch.zeros_like(p, dtype=torch.bool)
    for row, chosen in zip(p, keep, strict=True):
        total = 0.0
        for token in row.argsort(descending=True):
            if total >= top_p:
                break
            chosen[token] = True
            total += row[token].item()
    return rescaled(p, keep)


def keep_likely(p, min_p):
    return rescaled(p, p >= p.max(-1, keepdim=True).values * min_p)


def generate(model, tokens, max_new_tokens, temperature=1.0, top_k=None, generator=None, top_p=None, min_p=None):
    B, T = tokens.shape
    buffer = torch.zeros(B, T + max_new_tokens, dtype=tokens.dtype, device=tokens.device)
    buffer[:, :T] = tokens
    with torch.inference_mode():
        for t in range(T, T + max_new_tokens):
            logits = model(buffer[:, max(0, t - model.config.max_seq_len) : t])[:, -1, :]
            p = next_token_distribution(logits, temperature, top_k=top_k, top_p=top_p, min_p=min_p)
            buffer[:, t] = torch.multinomial(p, 1, generator=generator).squeeze(1)
    return buffer


def read(model, texts):
    lengths = torch.tensor([text.numel() for text in texts], device=texts[0].device)
    buffer = torch.zeros(len(texts), int(lengths.max()), dtype=torch.int64, device=lengths.device)
    for row, text in zip(buffer, texts, strict=True):
        row[: len(text)] = text
    cache = KVCache(model.config, buffer.size(1))
    logits = model(buffer, cache=cache)
    cache.rewind(lengths)
    last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, logits.size(-1))
    return logits.gather(1, last).squeeze(1), cache


@torch.inference_mode()
def stream(model, texts, max_new_tokens, stop_tokens=(), generator=None, **sampling):
    longest, device = model.config.max_seq_len, texts[0].device
    lengths = [len(text) for text in texts]
    buffer = torch.zeros(len(texts), max(lengths) + max_new_tokens, dtype=torch.int64, device=device)
    for b, text in enumerate(texts):
        buffer[b, : lengths[b]] = text
    running, stop_tokens = [True] * len(texts), set(stop_tokens)
    cache = None
    for _ in range(max_new_tokens):
        if not any(running):
            break
        if cache is None or cache.longest == longest:
            ends = [buffer[b, max(0, n - longest) : n] for b, n in enumerate(lengths)]
            logits, cache = read(model, ends)
        else:
            last = [buffer[b, n - 1 : n] for b, n in enumerate(lengths)]
            logits = model(torch.stack(last), cache=cache).squeeze(1)
        p = next_token_distribution(logits, **sampling)
        drawn = torch.multinomial(p, 1, generator=generator)[:, 0].tolist()
        for b, token in enumerate(drawn):
            buffer[b, lengths[b]] = token
            lengths[b] += 1
        yield torch.tensor([token if on else -1 for token, on in zip(drawn, running, strict=True)], device=device)
        running = [on and token not in stop_tokens for token, on in zip(drawn, running, strict=True)]


def accept_draft(proposed, q, p, generator=None):
    # One after the other; what comes behind the first that is turned down is not even looked at.
    for i, token in enumerate(proposed):
        if torch.rand((), generator=generator, device=p.device) * q[i, token] >= p[i, token]:
            missing = torch.relu(p[i] - q[i])
            other = torch.multinomial(missing / missing.sum(), 1, generator=generator)
            return torch.cat([proposed[:i], other])
    return torch.cat([proposed, torch.multinomial(p[-1], 1, generator=generator)])


@torch.no_grad()
def speculate(model, draft, tokens, max_new_tokens, lookahead=4, generator=None, **sampling):
    T = tokens.size(1)
    end = T + max_new_tokens
    if end > min(model.config.max_seq_len, draft.config.max_seq_len):
        raise ValueError(f"there are not {end} positions in both models")
    caches = [KVCache(one.config, spare=lookahead + 1) for one in (model, draft)]
    buffer = torch.zeros(1, end, dtype=torch.int64, device=tokens.device)
    buffer[:, :T] = tokens

    def last_logits(one, cache, upto):
        return one(buffer[:, cache.longest : upto], cache=cache)[0]

    known = T
    while known < end:
        ahead = min(lookahead, end - known - 1)
        q = torch.empty(ahead, model.config.vocab_size, device=tokens.device)
        for i in range(ahead):
            q[i] = next_token_distribution(last_logits(draft, caches[1], known + i)[-1:], **sampling)
            buffer[0, known + i] = torch.multinomial(q[i], 1, generator=generator)
        p = next_token_distribution(last_logits(model, caches[0], known + ahead)[-ahead - 1 :], **sampling)
        chosen = accept_draft(buffer[0, known : known + ahead], q, p, generator)
        buffer[0, known : known + len(chosen)] = chosen
        known += len(chosen)
        for cache in caches:
            # The draft has read nothing yet where there was no room for a guess.
            if cache.longest:
                cache.rewind(torch.tensor([min(cache.longest, known - 1)], device=tokens.device))
    return buffer
