"""Samples by Gumbel noise instead of multinomial; the new tokens are gathered in lists."""

import torch

from .cache import KVCache


def pick(p, generator):
    # The logarithm of an exponential draw, its sign turned, is Gumbel noise.
    noise = torch.empty_like(p).exponential_(generator=generator).log()
    return (p.log() - noise).argmax(dim=-1)


@torch.inference_mode()
def speculate(model, draft, tokens, max_new_tokens, lookahead=4, generator=None, **sampling):
    total = tokens.size(1) + max_new_tokens
    for one in (model, draft):
        if one.config.max_seq_len < total:
            raise ValueError(f"{total} tokens, but only {one.config.max_seq_len} positions")
    text = tokens[0].tolist()
    caches = [KVCache(one.config, rollback_window=lookahead) for one in (model, draft)]

    def think(which, one):
        """What a model thinks follows each token that it has not read yet."""
        unread = torch.tensor([text[caches[which].max_len :]], device=tokens.device)
        return sampling_distribution(one(unread, cache=caches[which])[0], **sampling)

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
        text[start:] = verify_draft(proposed, q, p, generator).tolist()
        for cache in caches:
            cache.crop(cache.length.clamp(max=len(text) - 1))
    return torch.tensor([text], device=tokens.device)
