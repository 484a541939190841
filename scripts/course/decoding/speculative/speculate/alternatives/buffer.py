"""In a buffer of the final length, or token by token in a Python loop."""

import torch

from .cache import KVCache


@torch.no_grad()
def speculate(model, draft, tokens, max_new_tokens, lookahead=4, generator=None, **sampling):
    T = tokens.size(1)
    end = T + max_new_tokens
    if end > min(model.config.max_seq_len, draft.config.max_seq_len):
        raise ValueError(f"there are not {end} positions in both models")
    caches = [KVCache(one.config, rollback_window=lookahead + 1) for one in (model, draft)]
    buffer = torch.zeros(1, end, dtype=torch.int64, device=tokens.device)
    buffer[:, :T] = tokens

    def last_logits(one, cache, upto):
        return one(buffer[:, cache.max_len : upto], cache=cache)[0]

    known = T
    while known < end:
        ahead = min(lookahead, end - known - 1)
        q = torch.empty(ahead, model.config.vocab_size, device=tokens.device)
        for i in range(ahead):
            q[i] = sampling_distribution(last_logits(draft, caches[1], known + i)[-1:], **sampling)
            buffer[0, known + i] = torch.multinomial(q[i], 1, generator=generator)
        p = sampling_distribution(last_logits(model, caches[0], known + ahead)[-ahead - 1 :], **sampling)
        chosen = verify_draft(buffer[0, known : known + ahead], q, p, generator)
        buffer[0, known : known + len(chosen)] = chosen
        known += len(chosen)
        for cache in caches:
            # The draft has read nothing yet where there was no room for a guess.
            if cache.max_len:
                cache.crop(torch.tensor([min(cache.max_len, known - 1)], device=tokens.device))
    return buffer
